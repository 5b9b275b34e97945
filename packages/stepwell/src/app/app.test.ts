import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SeededIds } from "../kernel/ids.ts";
import { functionInput, type LambdaNode, openLambdaNode } from "../lambda/fixtures/lambda-node.ts";
import { type App, openApp } from "./app.ts";

let node: LambdaNode;
let folder: string;
let app: App | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stepwell-app-"));
  node = await openLambdaNode();
});
afterEach(async () => {
  await app?.close();
  app = undefined;
  await node.close();
  await rm(folder, { recursive: true, force: true });
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

async function open(files: Readonly<Record<string, string>> = {}): Promise<App | undefined> {
  await write(files);
  await app?.close();
  const { table: operations, clock, lines } = node;
  const log = node.context().log;
  lines.length = 0;
  app = await openApp({ folder, operations, clock, ids: new SeededIds(7, clock), log });
  return app;
}

/** A config in TypeScript, as a person writes it. */
const config = (functions: string, more = "") =>
  `import { defineConfig } from "stepwell";\nexport default defineConfig({ ${more} functions: { ${functions} } });\n`;
const returning = (value: unknown) =>
  `export const handler = async (): Promise<unknown> => ${JSON.stringify(value)};\n`;

async function invoke(name = "hello", event: unknown = {}): Promise<unknown> {
  const { Payload } = await node.call("Invoke", {
    FunctionName: name,
    Payload: Buffer.from(JSON.stringify(event)),
  });
  return JSON.parse(Buffer.from(Payload).toString());
}

async function answers(value: unknown): Promise<void> {
  while (JSON.stringify(await invoke()) !== JSON.stringify(value)) await sleep(10);
}
async function complaint(text: string): Promise<void> {
  while (!node.lines.some(({ level, message }) => level === "error" && message.includes(text)))
    await sleep(10);
}
const names = async () =>
  (await node.call("ListFunctions", {})).Functions.map((fn: { FunctionName: string }) => fn.FunctionName);
const revisionOf = async (name: string) =>
  (await node.call("GetFunctionConfiguration", { FunctionName: name })).RevisionId;
const hello = { "stepwell.config.ts": config('hello: { handler: "src/hello.handler" }') };

describe("an app", () => {
  test("has the functions of its config, built from TypeScript", async () => {
    await open({
      "stepwell.config.ts": config(`
        hello: {
          handler: "src/hello.handler",
          timeoutSeconds: 30,
          memoryMb: 256,
          concurrency: 5,
          environment: { GREETING: "good day" },
        },
        flow: { handler: "src/hello.flow", durable: { executionTimeoutSeconds: 60 } },
        long: { handler: "src/hello.flow", durable: true },`),
      "src/hello.ts": `
        import { shout } from "./shout.ts";
        export const handler = async (event: { name: string }) => shout(\`\${process.env.GREETING} \${event.name}\`);
        export const flow = () => {};`,
      "src/shout.ts": "export function shout(text: string): string { return text.toUpperCase(); }",
    });
    expect(app?.functions).toEqual(["hello", "flow", "long"]);
    expect(await invoke("hello", { name: "Ada" })).toBe("GOOD DAY ADA");
    const made = await node.call("GetFunctionConfiguration", { FunctionName: "hello" });
    expect(made).toMatchObject({ Timeout: 30, MemorySize: 256, Runtime: "nodejs24.x" });
    const code = await node.service.catalog.code("000000000000", "us-east-1", "hello", "$LATEST");
    expect(code).toMatchObject({ concurrency: 5, folder });
    const durable = async (name: string) =>
      (await node.call("GetFunctionConfiguration", { FunctionName: name })).DurableConfig;
    expect(await durable("flow")).toEqual({ ExecutionTimeout: 60, RetentionPeriodInDays: 14 });
    expect(await durable("long")).toEqual({ ExecutionTimeout: 31_622_400, RetentionPeriodInDays: 14 });
  });

  test("runs its functions in its own folder, where their files are", async () => {
    await open({
      ...hello,
      "prices.json": '{"tea":3}',
      "src/hello.ts": `import { readFileSync, writeFileSync } from "node:fs";
        export const handler = async () => {
          writeFileSync("written.txt", "by the function");
          return JSON.parse(readFileSync("prices.json", "utf8"));
        };`,
    });
    const before = await revisionOf("hello");
    expect(await invoke()).toEqual({ tea: 3 });
    expect(await readFile(join(folder, "written.txt"), "utf8")).toBe("by the function");
    await sleep(200);
    expect(await revisionOf("hello")).toBe(before);
  });

  test("can use packages written in CommonJS, bundled", async () => {
    await open({
      ...hello,
      "node_modules/old/package.json": '{"name":"old","main":"main.js"}',
      "node_modules/old/main.js": `const { join } = require("node:path"); module.exports = () => join("a", typeof __dirname);`,
      "src/hello.ts": `import old from "old"; export const handler = async () => old();`,
    });
    expect(await invoke()).toBe("a/string");
  });

  test.each([
    [
      "stepwell.config.mts",
      `import type { StepwellConfig } from "stepwell";
      export default { functions: { hello: { handler: "src/hello.handler" } } } satisfies StepwellConfig;`,
    ],
    ["stepwell.config.mjs", config('hello: { handler: "src/hello.handler" }')],
    ["stepwell.config.js", 'module.exports = { functions: { hello: { handler: "src/hello.handler" } } };'],
    ["stepwell.config.json", '{ "functions": { "hello": { "handler": "src/hello.handler" } } }'],
  ])("may have its config in %s", async (file, content) => {
    await open({ [file]: content, "src/hello.js": "exports.handler = async () => 'from CommonJS';" });
    expect(await invoke()).toBe("from CommonJS");
  });

  test("may compute its config, and say where its functions are", async () => {
    await open({
      "names.ts": 'export const name: string = "computed";',
      "stepwell.config.ts": `import { basename } from "node:path";
        import { defineConfig } from "stepwell";
        import { name } from "./names.ts";
        export default defineConfig({
          account: "123456789012",
          region: "eu-central-1",
          functions: { [name]: { handler: "src/hello.handler", environment: { DIR: basename(import.meta.dirname) } } },
        });`,
      "src/hello.ts": returning(1),
    });
    const place = { account: "123456789012", region: "eu-central-1" };
    const made = await node.call("GetFunctionConfiguration", { FunctionName: "computed" }, place);
    expect(made).toMatchObject({
      FunctionArn: "arn:aws:lambda:eu-central-1:123456789012:function:computed",
      Environment: { Variables: { DIR: folder.split("/").at(-1) } },
    });
  });

  test("without a config is no app, and nothing is touched", async () => {
    await node.call("CreateFunction", functionInput("mine"));
    expect(await open()).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
    expect(await names()).toEqual(["mine"]);
  });
});

describe("opening an app again", () => {
  const source = { "src/hello.ts": returning(1), "src/other.ts": returning(2) };
  const two = 'hello: { handler: "src/hello.handler" }, other: { handler: "src/other.handler" }';

  test("leaves functions that have not changed untouched", async () => {
    await open({ ...source, "stepwell.config.ts": config(two) });
    const before = [await revisionOf("hello"), await revisionOf("other")];
    const built = (await stat(join(folder, ".stepwell/build/hello/index.mjs"))).mtimeMs;
    await open({ "stepwell.config.ts": config(`${two}, third: { handler: "src/hello.handler" }`) });
    expect([await revisionOf("hello"), await revisionOf("other")]).toEqual(before);
    expect((await stat(join(folder, ".stepwell/build/hello/index.mjs"))).mtimeMs).toBe(built);
    expect(await names()).toEqual(["hello", "other", "third"]);
  });

  test("changes those that differ, and resets what is not set any more", async () => {
    await open({
      ...source,
      "stepwell.config.ts": config(
        'hello: { handler: "src/hello.handler", timeoutSeconds: 9, environment: { KEY: "1" }, concurrency: 3 }, other: { handler: "src/other.handler" }',
      ),
    });
    const other = await revisionOf("other");
    await open({ "stepwell.config.ts": config(two) });
    expect(await revisionOf("other")).toBe(other);
    const code = await node.service.catalog.code("000000000000", "us-east-1", "hello", "$LATEST");
    expect(code).toMatchObject({ timeoutMs: 3_000, environment: {}, concurrency: 1 });
  });

  test("makes a function durable, or plain, that was not", async () => {
    const { catalog } = node.service;
    const durable = async () => (await catalog.resolve("000000000000", "us-east-1", "hello")).durable;
    await open({ ...source, ...hello });
    await open({ "stepwell.config.ts": config('hello: { handler: "src/hello.handler", durable: true }') });
    expect(await durable()).toBeDefined();
    await open(hello);
    expect(await durable()).toBeUndefined();
  });

  test("removes what the config does not declare any more, and nothing that others made", async () => {
    await node.call("CreateFunction", functionInput("mine"));
    await open({ ...source, "stepwell.config.ts": config(two) });
    expect(await names()).toEqual(["hello", "mine", "other"]);
    await open(hello);
    expect(await names()).toEqual(["hello", "mine"]);
  });

  test("refuses to take over a function that others made, and changes nothing", async () => {
    await node.call("CreateFunction", functionInput("hello"));
    await expect(open({ ...source, "stepwell.config.ts": config(two) })).rejects.toThrow(
      "functions.hello: there is a function hello already, and it was not made by a config. " +
        "Choose another name, or delete that function. Nothing was changed.",
    );
    expect(await names()).toEqual(["hello"]);
  });
});

describe("an app that is being worked on", () => {
  test("runs a source file as soon as it is saved, and files that it imports", async () => {
    await open({ ...hello, "src/hello.ts": returning(1) });
    expect(await invoke()).toBe(1);
    await write({ "src/hello.ts": returning(2) });
    await answers(2);
    await write({
      "src/deep/value.ts": "export const value = 3;",
      "src/hello.ts": `import { value } from "./deep/value.ts"; export const handler = async () => value;`,
    });
    await answers(3);
    await write({ "src/deep/value.ts": "export const value = 4;" });
    await answers(4);
  });

  test("goes on with the old code while the new does not compile, and says where", async () => {
    await open({ ...hello, "src/hello.ts": returning(1) });
    await write({ "src/hello.ts": "export const handler = async () => {\n  return 1 +;\n};\n" });
    await complaint('src/hello.ts:2:13: Unexpected ";"\nWhat ran before goes on.');
    expect(await invoke()).toBe(1);
    await write({ "src/hello.ts": returning(2) });
    await answers(2);
  });

  test("mends itself when a missing file is made", async () => {
    await open({ ...hello, "src/hello.ts": returning(1) });
    await write({ "src/hello.ts": `export { handler } from "./later.ts";` });
    await complaint('src/hello.ts:1:25: Could not resolve "./later.ts"');
    await write({ "src/later.ts": returning("late") });
    await answers("late");
  });

  test("puts other functions in place while one is broken", async () => {
    await open({
      "stepwell.config.ts": config(
        'hello: { handler: "src/hello.handler" }, bad: { handler: "src/bad.handler" }',
      ),
      "src/hello.ts": returning(1),
      "src/bad.ts": returning(1),
    });
    await write({ "src/bad.ts": "((" });
    await complaint("src/bad.ts:1:3");
    await write({ "src/hello.ts": returning(2) });
    await answers(2);
    expect(await invoke("bad")).toBe(1);
  });

  test("goes on when its sources are moved away and come back", async () => {
    await open({ ...hello, "src/hello.ts": returning(1) });
    await rename(join(folder, "src"), join(folder, "away"));
    await complaint("functions.hello.handler: there is no src/hello.ts");
    await write({ "src/hello.ts": returning(2) });
    await answers(2);
    await write({ "src/hello.ts": returning(3) });
    await answers(3);
  });

  test("follows its config", async () => {
    await open({ ...hello, "src/hello.ts": returning(1) });
    await write({
      "stepwell.config.ts": config(
        'hello: { handler: "src/hello.handler" }, new: { handler: "src/hello.handler" }',
      ),
    });
    while ((await names()).length < 2) await sleep(10);
    expect(app?.functions).toEqual(["hello", "new"]);
    await write({ "stepwell.config.ts": config("hello: { handler: 5 }") });
    await complaint("stepwell.config.ts: functions.hello.handler is 5;");
    expect(await names()).toEqual(["hello", "new"]);
    await write(hello);
    while ((await names()).length > 1) await sleep(10);
    expect(await invoke()).toBe(1);
  });

  test("keeps its functions when its config is deleted", async () => {
    await open({ ...hello, "src/hello.ts": returning(1) });
    await rm(join(folder, "stepwell.config.ts"));
    await complaint("The config is gone; its functions stay as they are.");
    expect(await invoke()).toBe(1);
  });
});

describe("an app is not opened, and nothing is stored,", () => {
  const source = { "src/hello.ts": returning(1) };
  test.each([
    [
      "when its config does not compile",
      { "stepwell.config.ts": "export default {\n  functions: [\n};" },
      'stepwell.config.ts:3:1: Unexpected "}"',
    ],
    [
      "when its config throws",
      { "stepwell.config.ts": "throw new Error('no');" },
      "stepwell.config.ts throws when it is loaded: Error: no",
    ],
    [
      "when its config is no JSON",
      { "stepwell.config.json": "{" },
      "stepwell.config.json: Expected property name",
    ],
    [
      "when its config is wrong",
      { "stepwell.config.json": '{"functions":{"hello":{}}}' },
      "stepwell.config.json: functions.hello.handler is missing.",
    ],
    [
      "when it has two configs",
      { ...hello, "stepwell.config.json": "{}" },
      "stepwell.config.ts and stepwell.config.json are both in ",
    ],
    [
      "when a function's source is missing",
      { "stepwell.config.ts": config('hello: { handler: "lib/none.handler" }') },
      "functions.hello.handler: there is no lib/none.ts in ",
    ],
    [
      "when its source does not export the handler",
      { "stepwell.config.ts": config('hello: { handler: "src/hello.main" }') },
      'functions.hello.handler is "src/hello.main", but src/hello.ts exports handler.',
    ],
    [
      "when a function does not compile",
      { ...hello, "src/hello.ts": "export const handler = (" },
      "src/hello.ts:1:25: Unexpected end of file",
    ],
  ])("%s", async (_title, files, message) => {
    await expect(open({ ...source, ...files })).rejects.toThrow(message);
    expect(await node.stored()).toMatchObject({ functions: 0 });
    expect(await readdir(join(folder, ".stepwell/build")).catch(() => [])).toEqual([]);
  });
});
