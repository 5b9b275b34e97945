import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CreateFunctionCommand, InvokeCommand, UpdateFunctionCodeCommand } from "@aws-sdk/client-lambda";
import { expect, test } from "vitest";
import { functionInput, openLambdaNode } from "../fixtures/lambda-node.ts";
import { makeZip } from "../fixtures/zip.ts";

const code = (n: number) => `export const handler = async () => ${n};`;

test("a start removes unpacked code that no function has any more, and what was never complete", async () => {
  const before = await openLambdaNode();
  const { folder, codeFolder } = before;
  await before.client.send(new CreateFunctionCommand(functionInput("kept", code(1)) as never));
  await before.client.send(new CreateFunctionCommand(functionInput("changed", code(2)) as never));
  const ZipFile = makeZip([{ name: "index.mjs", content: code(3) }]);
  await before.client.send(new UpdateFunctionCodeCommand({ FunctionName: "changed", ZipFile }));
  await before.close({ keep: true });
  const [used] = await readdir(codeFolder);
  await mkdir(join(codeFolder, `${used}.11111111-2222-4333-8444-555555555555`));
  await writeFile(join(codeFolder, "notes.txt"), "not ours");
  expect(await readdir(codeFolder)).toHaveLength(5);

  const after = await openLambdaNode({ folder });
  const { Payload } = await after.client.send(new InvokeCommand({ FunctionName: "kept" }));
  expect(Buffer.from(Payload!).toString()).toBe("1");
  await after.close({ keep: true });

  const left = await readdir(codeFolder);
  expect(left).toContain("notes.txt");
  expect(left.filter((name) => /^[0-9a-f]{64}$/.test(name))).toHaveLength(2);
  expect(left).toHaveLength(3);
  await rm(folder, { recursive: true });
});

test("code that is uploaded again while it is being removed is there afterwards", async () => {
  const before = await openLambdaNode();
  const { folder } = before;
  await before.client.send(new CreateFunctionCommand(functionInput("hello", code(1)) as never));
  await before.call("DeleteFunction", { FunctionName: "hello" });
  await before.close({ keep: true });

  const after = await openLambdaNode({ folder });
  await after.client.send(new CreateFunctionCommand(functionInput("hello", code(1)) as never));
  const { Payload } = await after.client.send(new InvokeCommand({ FunctionName: "hello" }));
  expect(Buffer.from(Payload!).toString()).toBe("1");
  await after.close({ keep: false });
});
