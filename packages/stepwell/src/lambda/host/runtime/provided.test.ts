import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { acceptingPort, envelope } from "../fixture.ts";
import type { InvocationReport } from "../host.ts";
import { RuntimeFixture } from "./fixture.ts";

/** AWS's tutorial of a custom runtime, in our words: `handle` gets the event as its argument. */
const bash = (handle: string, before = "") => `#!/usr/bin/env bash
API="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
${before}
while true; do
  headers=$(mktemp)
  event=$(curl -sS -D "$headers" "$API/invocation/next")
  id=$(grep -i lambda-runtime-aws-request-id "$headers" | cut -d: -f2 | tr -d ' \\r\\n')
  ${handle}
done
`;
const respond = (text: string) => `curl -sS -o /dev/null -d "${text}" "$API/invocation/$id/response"`;

/** A runtime in Node.js that may look at every status: `body` has \`call(method, path, body, headers)\`. */
const node = (body: string) => `#!${process.execPath}
const base = "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2018-06-01/runtime";
const call = async (method, path, body, headers) => {
  const response = await fetch(base + path, { method, body, headers, duplex: "half" });
  return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() };
};
const next = async () => {
  const { headers, text } = await call("GET", "/invocation/next");
  return { id: headers["lambda-runtime-aws-request-id"], headers, event: JSON.parse(text) };
};
(async () => { ${body} })();
`;

async function failure(report: Promise<InvocationReport>) {
  const { result } = await report;
  if (result.ok) throw new Error(`It succeeded with ${result.payload}.`);
  return { kind: result.kind, ...result.error };
}

describe("a bootstrap", () => {
  test("written in bash serves one invocation after the other, and answers with any text", async () => {
    await using fixture = new RuntimeFixture();
    const code = fixture.bootstrap(
      bash(
        `n=$((n + 1)); echo "got $event"; ${respond("$n: $event in $PWD for $_HANDLER, $AWS_EXECUTION_ENV.")}`,
      ),
    );
    const first = await fixture.invoke(code, { a: 1 });
    const where = `in ${code.folder} for index.handler, .`;
    expect(first.result).toEqual({ ok: true, payload: `1: {"a":1} ${where}` });
    expect(first.logTail).toContain(`Version: $LATEST\ngot {"a":1}\nEND RequestId`);
    expect((await fixture.invoke(code, [])).result).toEqual({ ok: true, payload: `2: [] ${where}` });
  });

  test("gets everything that AWS's headers carry", async () => {
    await using fixture = new RuntimeFixture();
    const code = fixture.bootstrap(
      node(`for (;;) {
        const { id, headers } = await next();
        await call("POST", "/invocation/" + id + "/response", JSON.stringify({ headers, now: Date.now() }));
      }`),
      { timeoutMs: 7000 },
    );
    const clientContext = Buffer.from('{\n "custom": { "ключ": "🎈" } }').toString("base64");
    const more = { requestId: "r-1", invokedFunctionArn: `${code.functionArn}:live`, tenantId: "acme" };
    const { headers, now } = (await fixture.result(
      code,
      {},
      { ...more, traceId: "Root=1", clientContext },
    )) as {
      headers: Record<string, string>;
      now: number;
    };
    expect(headers).toMatchObject({
      "content-type": "application/json",
      "lambda-runtime-aws-request-id": "r-1",
      "lambda-runtime-invoked-function-arn": `${code.functionArn}:live`,
      "lambda-runtime-trace-id": "Root=1",
      "lambda-runtime-aws-tenant-id": "acme",
    });
    expect(JSON.parse(headers["lambda-runtime-client-context"]!)).toEqual({ custom: { ключ: "🎈" } });
    const left = Number(headers["lambda-runtime-deadline-ms"]) - now;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(7000);
  });

  test("is told with AWS's statuses what the API does not take", async () => {
    await using fixture = new RuntimeFixture();
    const code = fixture.bootstrap(
      node(`
      const seen = [];
      const note = async (...asked) => { const { status, text } = await call(...asked); seen.push([status, JSON.parse(text)]); };
      const { id } = await next();
      await note("GET", "/invocation/next");
      await note("POST", "/init/error", "{}");
      await note("POST", "/invocation/unknown/response", "1");
      await note("POST", "/invocation/unknown/error", "{}");
      await note("GET", "/somewhere");
      await note("POST", "/invocation/" + id + "/response", JSON.stringify(seen));
      const again = await next();
      await note("POST", "/invocation/" + id + "/response", "too late");
      await note("POST", "/invocation/" + again.id + "/response", "x".repeat(6291557));
      const last = await next();
      await note("POST", "/invocation/" + last.id + "/response", JSON.stringify(seen.slice(5)));
      await next();`),
    );
    const transition = {
      errorType: "InvalidStateTransition",
      errorMessage: expect.stringContaining("not allowed"),
    };
    const unknown = { errorType: "InvalidRequestID", errorMessage: "Invalid request ID" };
    expect(await fixture.result(code)).toEqual([
      [403, transition],
      [403, transition],
      [400, unknown],
      [400, unknown],
      [404, { errorType: "NotFound", errorMessage: expect.stringContaining("/somewhere") }],
    ]);
    expect(await failure(fixture.invoke(code))).toMatchObject({ errorType: "Function.ResponseSizeTooLarge" });
    expect(await fixture.result(code)).toEqual([
      [202, { status: "OK" }],
      [400, unknown],
      [
        413,
        {
          errorType: "RequestEntityTooLarge",
          errorMessage: "Exceeded maximum allowed payload size (6291556 bytes).",
        },
      ],
    ]);
  });

  test("reports errors in its own words, in a body, a header or after a response that broke off", async () => {
    await using fixture = new RuntimeFixture();
    const code = fixture.bootstrap(
      node(`
      const http = require("node:http");
      for (;;) {
        const { id, event } = await next();
        const path = "/invocation/" + id + "/error";
        if (event === "body") await call("POST", path, '{"errorType":"Sold","errorMessage":"out","more":1}');
        if (event === "header") await call("POST", path, "no JSON", { "Lambda-Runtime-Function-Error-Type": "Runtime.Odd" });
        if (event === "nothing") await call("POST", path);
        if (event === "stream") await new Promise((done) => {
          const headers = { "Lambda-Runtime-Function-Response-Mode": "streaming", Trailer: "Lambda-Runtime-Function-Error-Type" };
          const request = http.request(base + "/invocation/" + id + "/response", { method: "POST", headers }, done);
          request.write("half of");
          request.addTrailers({
            "Lambda-Runtime-Function-Error-Type": "Runtime.Broke",
            "Lambda-Runtime-Function-Error-Body": Buffer.from('{"errorMessage":"in the middle"}').toString("base64"),
          });
          request.end();
        });
      }`),
    );
    const kind = "handler";
    expect(await failure(fixture.invoke(code, "body"))).toEqual({
      ...{
        kind,
        errorType: "Sold",
        errorMessage: "out",
        payload: '{"errorType":"Sold","errorMessage":"out","more":1}',
      },
    });
    const odd = { kind, errorType: "Runtime.Odd", errorMessage: "", payload: "no JSON" };
    expect(await failure(fixture.invoke(code, "header"))).toEqual(odd);
    const nothing = { kind, errorType: "Runtime.Unknown", errorMessage: "" };
    expect(await failure(fixture.invoke(code, "nothing"))).toEqual(nothing);
    expect(await failure(fixture.invoke(code, "stream"))).toEqual({
      ...{
        kind,
        errorType: "Runtime.Broke",
        errorMessage: "in the middle",
        payload: '{"errorMessage":"in the middle"}',
      },
    });
  });

  test("takes as many invocations at a time as its function allows", async () => {
    await using fixture = new RuntimeFixture();
    const code = fixture.bootstrap(
      node(`
      const both = await Promise.all([next(), next()]);
      const answer = JSON.stringify([process.env.AWS_LAMBDA_MAX_CONCURRENCY, both.map(({ event }) => event).toSorted()]);
      await Promise.all(both.map(({ id }) => call("POST", "/invocation/" + id + "/response", answer)));`),
      { concurrency: 2 },
    );
    const together = ["2", [1, 2]];
    expect(await Promise.all([fixture.result(code, 1), fixture.result(code, 2)])).toEqual([
      together,
      together,
    ]);
  });

  test("may come from the layers", async () => {
    await using fixture = new RuntimeFixture();
    const layers = fixture.bootstrap(bash(respond("$(cat words.txt) $LAMBDA_RUNTIME_DIR $STEPWELL_OPT")));
    fixture.write("own/words.txt", "hello from");
    const folder = join(fixture.folder, "own");
    const code = { ...layers, folder, optFolder: layers.folder, functionName: "uses-layer" };
    expect((await fixture.invoke(code)).result).toEqual({
      ...{ ok: true, payload: `hello from ${layers.folder} ${layers.folder}` },
    });
  });

  test("gets a durable execution as AWS writes it: times are text", async () => {
    await using fixture = new RuntimeFixture();
    const code = fixture.bootstrap(bash(respond("$event")));
    const state = envelope({ a: 1 });
    const step = { Id: "1", Type: "STEP", Status: "PENDING", StartTimestamp: 0 } as const;
    const StepDetails = { Attempt: 1, NextAttemptTimestamp: Date.UTC(2030, 0, 2) };
    const Operations = [...state.InitialExecutionState.Operations, { ...step, StepDetails }];
    const durable = { ...state, InitialExecutionState: { Operations } };
    const { result } = await fixture.invoke(code, {}, { event: { durable, port: acceptingPort() } });
    expect(result.ok && JSON.parse(result.payload)).toEqual({
      ...state,
      InitialExecutionState: {
        Operations: [
          { ...Operations[0], StartTimestamp: "2030-01-01T00:00:00.000Z" },
          {
            ...step,
            StartTimestamp: "1970-01-01T00:00:00.000Z",
            StepDetails: { Attempt: 1, NextAttemptTimestamp: "2030-01-02T00:00:00.000Z" },
          },
        ],
      },
    });
  });
});

describe("a bootstrap that does not start", () => {
  test.each([
    ["is not there", undefined, 0, /^Error: Couldn't find valid bootstrap\(s\): \[.*\/own\/bootstrap\]$/],
    [
      "is not executable",
      "#!/bin/sh\n",
      0o644,
      /^Error: fork\/exec .*\/bootstrap: permission denied \(chmod \+x/,
    ],
    [
      "names a program that is not there",
      "#!/no/such/program\n",
      0o755,
      /^Error: fork\/exec .*\/bootstrap: no such file or directory \(the program after #!/,
    ],
  ])("because it %s is an error that says so", async (_why, text, mode, message) => {
    await using fixture = new RuntimeFixture();
    const code = fixture.write("own/other", "", { runtime: "provided.al2" });
    const folder = join(fixture.folder, "own");
    if (text !== undefined) {
      writeFileSync(join(folder, "bootstrap"), text);
      chmodSync(join(folder, "bootstrap"), mode);
    }
    const error = await failure(fixture.invoke({ ...code, folder }));
    expect(error).toMatchObject({ kind: "runtime", errorType: "Runtime.InvalidEntrypoint" });
    expect(error.errorMessage).toMatch(message);
  });

  test("because its folder is gone, says so", async () => {
    await using fixture = new RuntimeFixture();
    const code = { ...fixture.python("1"), folder: "/no/such/folder" };
    expect(await failure(fixture.invoke(code))).toMatchObject({
      ...{
        errorType: "Runtime.InvalidWorkingDir",
        errorMessage: "Error: chdir /no/such/folder: no such file or directory",
      },
    });
  });

  test("because its initialisation failed, reports that, and is tried again for the next invocation", async () => {
    await using fixture = new RuntimeFixture();
    const broken = `[ -e ready ] || { touch ready
      curl -sS -H "Lambda-Runtime-Function-Error-Type: Runtime.NoDice" -d '{"errorMessage":"no dice"}' "$API/init/error"; sleep 60; }`;
    const code = fixture.bootstrap(bash(respond("now"), broken));
    expect(await failure(fixture.invoke(code))).toMatchObject({
      ...{
        kind: "runtime",
        errorType: "Runtime.NoDice",
        errorMessage: "no dice",
        payload: '{"errorMessage":"no dice"}',
      },
    });
    expect((await fixture.invoke(code)).result).toEqual({ ok: true, payload: "now" });
  });
});

describe("a process that does not answer", () => {
  test("is killed with all that it started when the time is up", async () => {
    await using fixture = new RuntimeFixture();
    const code = fixture.bootstrap(bash(`echo working; sleep 300 & echo $! > sleeper; wait`), {
      timeoutMs: 1000,
    });
    const { result, logTail } = await fixture.invoke(code, {}, { requestId: "r-1" });
    expect(result).toEqual({
      ok: false,
      kind: "runtime",
      error: {
        errorType: "Sandbox.Timedout",
        errorMessage: "RequestId: r-1 Error: Task timed out after 1.00 seconds",
      },
    });
    expect(logTail).toContain("working\n");
    expect(logTail).toMatch(
      / r-1 Task timed out after 1\.00 seconds\n\nEND RequestId: r-1\n.*\tStatus: timeout\t\n$/,
    );
    await gone(Number(readFileSync(join(code.folder, "sleeper"), "utf8")));
  });

  test("is killed when it never asks for an invocation", async () => {
    await using fixture = new RuntimeFixture({ longestLoadMs: 200 });
    const code = fixture.bootstrap("#!/bin/sh\nsleep 300\n", { timeoutMs: 300 });
    expect(await failure(fixture.invoke(code))).toMatchObject({ errorType: "Sandbox.Timedout" });
  });

  test("fails with its exit, and what came after its answer is nobody's failure", async () => {
    await using fixture = new RuntimeFixture();
    const code = fixture.bootstrap(
      bash(`echo "last words"; [ "$event" = 1 ] && { ${respond("one")}; exit 0; }; exit 7`),
    );
    expect((await fixture.invoke(code, 1)).result).toEqual({ ok: true, payload: "one" });
    expect((await fixture.invoke(code, 1)).result).toEqual({ ok: true, payload: "one" });
    const report = fixture.invoke(code, 2, { requestId: "r-1" });
    expect(await failure(report)).toEqual({
      kind: "runtime",
      errorType: "Runtime.ExitError",
      errorMessage: "RequestId: r-1 Error: Runtime exited with error: exit status 7",
    });
    expect((await report).logTail).toContain(
      "last words\nRequestId: r-1 Error: Runtime exited with error: exit status 7\nRuntime.ExitError\nEND",
    );
  });

  test.runIf(existsSync("/proc/self/status"))(
    "is killed when it takes more memory than its function has",
    async () => {
      await using fixture = new RuntimeFixture();
      const code = fixture.python(
        `
import time
def handler(event, context):
    if event: return "small"
    kept = bytearray(200 * 1024 * 1024)
    time.sleep(20)
`,
        { memoryMb: 128, timeoutMs: 15_000 },
      );
      expect(await failure(fixture.invoke(code, 0, { requestId: "r-1" }))).toEqual({
        kind: "runtime",
        errorType: "Runtime.OutOfMemory",
        errorMessage: "RequestId: r-1 Error: Runtime exited with error: signal: killed",
      });
      expect(await fixture.result(code, 1)).toBe("small");
    },
  );
});

/** Resolves when no process of that id is left. */
async function gone(pid: number): Promise<void> {
  await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false);
}
