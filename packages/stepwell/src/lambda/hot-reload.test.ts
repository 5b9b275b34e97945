import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { functionInput, type LambdaNode, openLambdaNode } from "./fixtures/lambda-node.ts";

const HOT_ARN = "arn:aws:lambda:us-east-1:000000000000:function:hot";

let node: LambdaNode;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stepwell-hot-"));
  node = await openLambdaNode();
});
afterEach(async () => {
  await node.close();
  await rm(folder, { recursive: true, force: true });
});

const create = (S3Bucket = "hot-reload") =>
  node.call("CreateFunction", functionInput("hot", "", { Code: { S3Bucket, S3Key: folder } }));
const write = (code: string, file = "index.mjs") => writeFile(join(folder, file), code);
const returning = (value: unknown) => `export const handler = async () => (${JSON.stringify(value)});`;

async function invoke(): Promise<unknown> {
  const { Payload } = await node.call("Invoke", { FunctionName: "hot" });
  return JSON.parse(Buffer.from(Payload).toString());
}

async function revision(): Promise<string> {
  return (await node.service.catalog.code("000000000000", "us-east-1", "hot", "$LATEST")).revision;
}

/** Resolves when the function answers so; a test's own time limit ends a wait in vain. */
async function answers(value: unknown): Promise<void> {
  while (JSON.stringify(await invoke()) !== JSON.stringify(value)) await sleep(10);
}

describe("a hot-reload function", () => {
  test("runs from its folder, and its edits are live without an update", async () => {
    await write(returning(1));
    await create();
    expect(await node.call("GetFunction", { FunctionName: "hot" })).toMatchObject({
      Configuration: { CodeSize: 0 },
      Code: { Location: `file://${folder}` },
    });
    expect(await invoke()).toBe(1);
    await write(returning(2));
    await answers(2);
    await mkdir(join(folder, "lib"));
    await write(`import { value } from "./lib/value.mjs"; export const handler = async () => value;`);
    await write("export const value = 3;", "lib/value.mjs");
    await answers(3);
    await write("export const value = 4;", "lib/value.mjs");
    await answers(4);
  });

  test("is new when its folder is removed and built again, and its later edits are noticed", async () => {
    await write(returning(1));
    await create();
    const revisions = [await revision()];
    await rm(folder, { recursive: true });
    await mkdir(folder);
    await write(returning(2));
    revisions.push(await revision());
    await write(returning(3));
    while ((await revision()) === revisions[1]) await sleep(10);
    revisions.push(await revision());
    expect(new Set(revisions).size).toBe(3);
  });

  test("runs when its folder was removed and built again while an instance was warm", async () => {
    await write(returning(1));
    await create();
    expect(await invoke()).toBe(1);
    await rm(folder, { recursive: true });
    await mkdir(folder);
    await write("export const handler = async () => process.cwd();");
    await answers(folder);
  });

  test("says what is wrong with its code while it is wrong", async () => {
    await write(returning(1));
    await create();
    expect(await invoke()).toBe(1);
    await write("export const handler = ((");
    while (((await invoke()) as { errorType?: string }).errorType !== "Runtime.UserCodeSyntaxError")
      await sleep(10);
    await write(returning(2));
    await answers(2);
  });

  test("whose folder is gone fails, and comes back with it", async () => {
    await write(returning(1));
    await create();
    await rm(folder, { recursive: true });
    expect(await invoke()).toMatchObject({ errorType: expect.any(String) });
    await mkdir(folder);
    await write(returning(2));
    await answers(2);
  });

  test("stays warm although the server keeps its data in the same folder", async () => {
    await node.close();
    node = await openLambdaNode({ folder: join(folder, ".stepwell") });
    await write("let calls = 0; export const handler = async () => ++calls;");
    await create();
    for (let calls = 1; calls <= 3; calls++) {
      expect(await invoke()).toBe(calls);
      await node.call("TagResource", { Resource: HOT_ARN, Tags: { calls: `${calls}` } });
      await sleep(200);
    }
    await write(returning("edited"));
    await answers("edited");
  });

  test("has one new revision for a build of many files", async () => {
    await write(returning(1));
    await create();
    const before = await revision();
    for (let i = 0; i < 20; i++) await write(`export const value = ${i};`, `part${i}.mjs`);
    while ((await revision()) === before) await sleep(10);
    await sleep(300);
    expect((await revision()).split(".")[1]).toBe("1");
  });
});

describe("a function in a folder that is not watched (local-folder)", () => {
  test("may write into it, and is new when it is updated", async () => {
    await write(returning(1));
    await create("local-folder");
    expect(await invoke()).toBe(1);
    const before = await revision();
    await write(returning(2));
    await sleep(300);
    expect(await revision()).toBe(before);
    await node.call("UpdateFunctionCode", { FunctionName: "hot", S3Bucket: "local-folder", S3Key: folder });
    expect(await invoke()).toBe(2);
  });
});
