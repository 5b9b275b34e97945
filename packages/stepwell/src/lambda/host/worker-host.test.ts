import { createHash } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
import { HostFixture } from "./fixture.ts";

const fixture = new HostFixture({ endpointUrl: "http://127.0.0.1:4566" });
afterAll(() => fixture[Symbol.asyncDispose]());

describe("a handler is found as on AWS", () => {
  const returns = (value: string) => `export const handler = async () => "${value}";`;
  test.each([
    ["an ES module", "esm.mjs", returns("esm"), "esm.handler", "esm"],
    ["CommonJS", "plain.js", `exports.handler = async () => "cjs";`, "plain.handler", "cjs"],
    [
      "CommonJS by its ending",
      "common.cjs",
      `module.exports = { handler: async () => "cjs2" };`,
      "common.handler",
      "cjs2",
    ],
    ["a folder in the path", "src/functions/deep.mjs", returns("deep"), "src/functions/deep.handler", "deep"],
    [
      "a nested export",
      "nested.mjs",
      "export const api = { v1: { get: async () => 1 } };",
      "nested.api.v1.get",
      1,
    ],
    [
      "exports known only at run time",
      "dynamic.cjs",
      `for (const k of ["handler"]) exports[k] = async () => 2;`,
      "dynamic.handler",
      2,
    ],
    [
      "a default export's member",
      "default.mjs",
      "export default { handler: async () => 3 };",
      "default.handler",
      3,
    ],
  ])("%s", async (_title, file, text, handler, expected) => {
    expect(await fixture.result(fixture.write(file, text, { handler }))).toBe(expected);
  });

  test("a .js file is an ES module where the folder's package.json says so", async () => {
    fixture.write("typed/package.json", `{ "type": "module" }`);
    const code = fixture.write("typed/index.js", returns("module"), {
      handler: "typed/index.handler",
      revision: "t",
    });
    expect(await fixture.result(code)).toBe("module");
  });

  test("each function runs in its own folder", async () => {
    const code = fixture.handler("return process.cwd()");
    expect(await fixture.result(code)).toBe(fixture.folder);
  });
});

describe("a handler may have any of the shapes that the runtimes call", () => {
  test.each([
    ["returns a promise", `exports.handler = (event) => Promise.resolve(event.n + 1);`, 2],
    ["returns a value", `exports.handler = (event) => event.n + 2;`, 3],
    [
      "calls back",
      `exports.handler = (event, context, callback) => { setTimeout(() => callback(null, event.n + 3), 5); };`,
      4,
    ],
    [
      "calls back and waits for nothing else",
      `exports.handler = (event, context, callback) => {
         context.callbackWaitsForEmptyEventLoop = false;
         setTimeout(() => {}, 60_000);
         callback(null, 5);
       };`,
      5,
    ],
    [
      "calls context.succeed",
      `exports.handler = (event, context) => { setTimeout(() => context.succeed(6), 5); };`,
      6,
    ],
    ["calls context.done", `exports.handler = (event, context) => { context.done(null, 7); };`, 7],
    ["returns nothing", `exports.handler = () => {};`, null],
    ["returns a promise of nothing", `exports.handler = async () => {};`, null],
  ])("%s", async (title, text, expected) => {
    const code = fixture.write(`${createHash("md5").update(title).digest("hex")}.cjs`, text, {
      revision: title,
    });
    expect(await fixture.result(code, { n: 1 })).toBe(expected);
  });

  test("a callback's answer waits until the event loop is empty", async () => {
    const code = fixture.write(
      "waits.cjs",
      `exports.handler = (event, context, callback) => {
         const seen = [];
         callback(null, seen);
         setTimeout(() => seen.push("later"), 30);
       };`,
    );
    expect(await fixture.result(code)).toEqual(["later"]);
  });

  test("a callback's error and context.fail fail the invocation", async () => {
    const code = fixture.write(
      "fails.cjs",
      `exports.handler = (event, context, callback) => {
         if (event.by === "callback") callback(new TypeError("by callback"));
         else context.fail("by fail");
       };`,
    );
    expect((await fixture.invoke(code, { by: "callback" })).result).toMatchObject({
      ok: false,
      kind: "handler",
      error: { errorType: "TypeError", errorMessage: "by callback" },
    });
    expect((await fixture.invoke(code, { by: "fail" })).result).toMatchObject({
      error: { errorType: "string", errorMessage: "by fail" },
    });
  });
});

describe("a handler sees what it would see on AWS", () => {
  test("the context object", async () => {
    const code = fixture.handler("return { ...context, left: context.getRemainingTimeInMillis() }", {
      functionName: "seen",
      memoryMb: 256,
      timeoutMs: 5000,
      logGroup: "/aws/lambda/seen",
    });
    const clientContext = Buffer.from(JSON.stringify({ custom: { a: 1 } })).toString("base64");
    const context = (await fixture.result(
      code,
      {},
      {
        requestId: "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
        invokedFunctionArn: `${code.functionArn}:live`,
        clientContext,
        tenantId: "tenant-a",
      },
    )) as { left: number };
    expect(context).toMatchObject({
      callbackWaitsForEmptyEventLoop: true,
      functionName: "seen",
      functionVersion: "$LATEST",
      invokedFunctionArn: `${code.functionArn}:live`,
      memoryLimitInMB: "256",
      awsRequestId: "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
      logGroupName: "/aws/lambda/seen",
      logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
      clientContext: { custom: { a: 1 } },
      tenantId: "tenant-a",
    });
    expect(context.left).toBeGreaterThan(4000);
    expect(context.left).toBeLessThanOrEqual(5000);
  });

  test("AWS's environment variables and its own, and nothing else of the server's", async () => {
    process.env.SECRET_OF_THE_SERVER = "hidden";
    const code = fixture.handler("return { ...process.env, time: new Date(0).toString() }", {
      environment: { TABLE: "orders", AWS_REGION: "nowhere" },
    });
    const environment = await fixture.result(
      code,
      {},
      { traceId: "Root=1-5759e988-bd862e3fe1be46a994272793" },
    );
    expect(environment).toMatchObject({
      TABLE: "orders",
      AWS_LAMBDA_FUNCTION_NAME: code.functionName,
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
      AWS_LAMBDA_LOG_GROUP_NAME: code.logGroup,
      AWS_LAMBDA_LOG_STREAM_NAME: expect.stringContaining("[$LATEST]"),
      AWS_REGION: "eu-west-1",
      AWS_DEFAULT_REGION: "eu-west-1",
      AWS_EXECUTION_ENV: expect.stringMatching(/^AWS_Lambda_nodejs\d+\.x$/),
      AWS_ENDPOINT_URL: "http://127.0.0.1:4566",
      AWS_ACCESS_KEY_ID: expect.any(String),
      AWS_SECRET_ACCESS_KEY: expect.any(String),
      LAMBDA_TASK_ROOT: fixture.folder,
      _HANDLER: code.handler,
      TZ: ":UTC",
      _X_AMZN_TRACE_ID: "Root=1-5759e988-bd862e3fe1be46a994272793",
      time: expect.stringContaining("GMT+0000"),
    });
    expect(environment).not.toHaveProperty("SECRET_OF_THE_SERVER");
  });

  test("variables that only a process can have take effect too", async () => {
    const code = fixture.handler("return new Date(0).getHours()", { environment: { TZ: "Asia/Tokyo" } });
    expect(await fixture.result(code)).toBe(9);
  });

  test("one instance's changes to its environment stay with it", async () => {
    const first = fixture.handler(`process.env.SHARED = "changed"; return 1`);
    const second = fixture.handler(`return process.env.SHARED ?? "untouched"`);
    await fixture.result(first);
    expect(await fixture.result(second)).toBe("untouched");
  });
});

describe("instances", () => {
  test("a warm instance keeps what its module holds", async () => {
    const code = fixture.write("counter.mjs", "let n = 0; export const handler = async () => ++n;");
    expect(await fixture.result(code)).toBe(1);
    expect(await fixture.result(code)).toBe(2);
  });

  test("one invocation at a time has an instance, unless the function allows more", async () => {
    const text = `let now = 0, most = 0; export const handler = async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 50));
      now--;
      return most;
    };`;
    const alone = fixture.write("alone.mjs", text);
    const together = fixture.write("together.mjs", text, {
      concurrency: 3,
      functionName: "together",
      revision: "c",
    });
    const run = (code: typeof alone) => Promise.all([1, 2, 3].map(() => fixture.result(code)));
    expect(await run(alone)).toEqual([1, 1, 1]);
    expect(Math.max(...((await run(together)) as number[]))).toBe(3);
  });

  test("what a handler leaves running when it returns goes on", async () => {
    const code = fixture.write(
      "leaves.mjs",
      `let finished = 0;
       export const handler = async (event) => {
         if (event.start) setTimeout(() => finished++, 20);
         else await new Promise((resolve) => setTimeout(resolve, 100));
         return finished;
       };`,
    );
    expect(await fixture.result(code, { start: true })).toBe(0);
    expect(await fixture.result(code, {})).toBe(1);
  });

  test("an invocation's start is told to whoever asked for it", async () => {
    const code = fixture.handler("return 1");
    const events: string[] = [];
    await fixture
      .invoke(code, {}, { onStart: () => events.push("started") })
      .then(() => events.push("ended"));
    expect(events).toEqual(["started", "ended"]);
  });
});

describe("packages that AWS's runtimes bring", () => {
  const imports = (specifier: string) =>
    `import * as found from "${specifier}"; export const handler = async () => Object.keys(found);`;

  test("are found by code that does not bundle them", async () => {
    const clients = fixture.write("clients.mjs", imports("@aws-sdk/client-lambda"), { timeoutMs: 20_000 });
    expect(await fixture.result(clients)).toContain("LambdaClient");
    const durable = fixture.write("sdk.mjs", imports("@stepwell/durable"));
    expect(await fixture.result(durable)).toContain("withDurableExecution");
  });

  test("come from the function's own folder when it has them", async () => {
    fixture.write("own/node_modules/@stepwell/durable/package.json", `{ "main": "index.js" }`);
    fixture.write("own/node_modules/@stepwell/durable/index.js", "exports.mine = true;");
    const code = fixture.write("own/index.mjs", imports("@stepwell/durable"));
    expect(await fixture.result(code)).toContain("mine");
  });

  test("that nobody has are missed as if there were no fallback", async () => {
    for (const [file, text, error] of [
      [
        "none.mjs",
        `import "@aws-sdk/client-none"`,
        /^Cannot find package '@aws-sdk\/client-none' imported from .*none.mjs/,
      ],
      [
        "missing.cjs",
        `require("@aws-sdk/client-none")`,
        /^Error: Cannot find module '@aws-sdk\/client-none'\nRequire stack:\n- .*missing.cjs/,
      ],
    ] as const) {
      expect((await fixture.invoke(fixture.write(file, text))).result).toMatchObject({
        ok: false,
        error: { errorMessage: expect.stringMatching(error) },
      });
    }
  });
});
