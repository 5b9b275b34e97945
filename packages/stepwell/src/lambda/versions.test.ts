import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  type LambdaClient,
  ListFunctionsCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { functionInput, type LambdaNode, openLambdaNode } from "./fixtures/lambda-node.ts";
import { clientRefusal } from "./fixtures/refusal.ts";
import { makeZip } from "./fixtures/zip.ts";

const ARN = "arn:aws:lambda:us-east-1:000000000000:function";

let node: LambdaNode;
let client: LambdaClient;
beforeEach(async () => {
  node = await openLambdaNode();
  client = node.client;
});
afterEach(() => node.close());

const codeOf = (n: number) => `export const handler = async (_e, c) => [${n}, c.functionVersion];`;
const create = (more: object = {}) =>
  client.send(new CreateFunctionCommand(functionInput("hello", codeOf(1), more) as never));
const ZipFile = (n: number) => makeZip([{ name: "index.mjs", content: codeOf(n) }]);
const update = (n: number, more: object = {}) =>
  client.send(new UpdateFunctionCodeCommand({ FunctionName: "hello", ZipFile: ZipFile(n), ...more }));
const publish = (more: object = {}) =>
  client.send(new PublishVersionCommand({ FunctionName: "hello", ...more }));
const invoke = async (Qualifier?: string) => {
  const answer = await client.send(new InvokeCommand({ FunctionName: "hello", Qualifier }));
  return [answer.ExecutedVersion, JSON.parse(Buffer.from(answer.Payload!).toString())];
};

describe("a version", () => {
  test("keeps the code and the configuration that it was made of", async () => {
    await create({ Timeout: 5, Description: "first", Tags: { team: "a" } });
    const one = await publish({ Description: "the first version" });
    expect(one).toMatchObject({
      FunctionArn: `${ARN}:hello:1`,
      Version: "1",
      Timeout: 5,
      Description: "the first version",
      State: "Active",
    });
    await update(2);
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "hello", Timeout: 9 }));

    expect(await invoke("1")).toEqual(["1", [1, "1"]]);
    expect(await invoke()).toEqual(["$LATEST", [2, "$LATEST"]]);
    const { $metadata, ...made } = one;
    const found = await client.send(new GetFunctionCommand({ FunctionName: "hello", Qualifier: "1" }));
    expect(found.Configuration).toEqual(made);
    expect(found.Tags).toEqual({ team: "a" });
    const byArn = new GetFunctionConfigurationCommand({ FunctionName: `${ARN}:hello:1` });
    expect(await client.send(byArn)).toMatchObject({ ...made });
  });

  test("is made with the function, or with new code, on request", async () => {
    expect(await create({ Publish: true })).toMatchObject({ FunctionArn: `${ARN}:hello`, Version: "1" });
    expect(await update(2, { Publish: true })).toMatchObject({
      FunctionArn: `${ARN}:hello:2`,
      Version: "2",
    });
    expect([await invoke("1"), await invoke("2"), await invoke()]).toEqual([
      ["1", [1, "1"]],
      ["2", [2, "2"]],
      ["$LATEST", [2, "$LATEST"]],
    ]);
  });

  test("is not made twice of the same code and configuration", async () => {
    await create({ Publish: true });
    const again = await publish({ Description: "again" });
    expect([again.Version, again.Description]).toEqual(["1", ""]);
    expect((await update(1, { Publish: true })).Version).toBe("1");
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "hello", Timeout: 9 }));
    expect((await publish()).Version).toBe("2");
  });

  test("has a number that no other gets, even when it is deleted", async () => {
    await create({ Publish: true });
    await client.send(new DeleteFunctionCommand({ FunctionName: "hello", Qualifier: "1" }));
    expect((await publish()).Version).toBe("2");
    expect(await clientRefusal(node, () => invoke("1"))).toEqual([
      "ResourceNotFoundException",
      404,
      `Function not found: ${ARN}:hello:1`,
    ]);
  });

  test("survives a restart, and its unpacked code being deleted", async () => {
    await create({ Publish: true });
    await update(2);
    await node.close({ keep: true });
    const { folder } = node;
    await rm(node.codeFolder, { recursive: true });
    node = await openLambdaNode({ folder });
    client = node.client;
    expect(await invoke("1")).toEqual(["1", [1, "1"]]);
    await rm(folder, { recursive: true });
  });

  test("published by many at once is one version", async () => {
    await create();
    const made = await Promise.all(Array.from({ length: 8 }, () => publish()));
    expect(new Set(made.map(({ Version }) => Version))).toEqual(new Set(["1"]));
  });

  test("goes with its function, and its code with it", async () => {
    await create({ Publish: true });
    await update(2, { Publish: true });
    await client.send(new DeleteFunctionCommand({ FunctionName: "hello" }));
    expect(await node.stored()).toMatchObject({ functions: 0, refs: 0 });
  });
});

describe("a list", () => {
  test("of versions begins with $LATEST, is in the order of their numbers and comes in pages", async () => {
    await create();
    for (let n = 1; n <= 11; n++) await update(n, { Publish: true });
    const list = (more: object) =>
      client.send(new ListVersionsByFunctionCommand({ FunctionName: "hello", ...more }));
    const first = await list({ MaxItems: 4 });
    expect(first.Versions?.map(({ Version }) => Version)).toEqual(["$LATEST", "1", "2", "3"]);
    expect(first.Versions?.[0]?.FunctionArn).toBe(`${ARN}:hello:$LATEST`);
    const rest = await list({ Marker: first.NextMarker });
    expect(rest.Versions?.map(({ Version }) => Number(Version))).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
    expect(rest.NextMarker).toBeUndefined();
  });

  test("of functions has their versions only when it is asked for ALL", async () => {
    await create({ Publish: true });
    const list = async (more: object) =>
      (await client.send(new ListFunctionsCommand(more))).Functions?.map(({ FunctionArn }) => FunctionArn);
    expect(await list({})).toEqual([`${ARN}:hello`]);
    expect(await list({ FunctionVersion: "ALL" })).toEqual([`${ARN}:hello:$LATEST`, `${ARN}:hello:1`]);
    const { NextMarker: Marker } = await client.send(
      new ListFunctionsCommand({ FunctionVersion: "ALL", MaxItems: 1 }),
    );
    expect(await list({ FunctionVersion: "ALL", Marker })).toEqual([`${ARN}:hello:1`]);
  });
});

describe("is refused, and nothing changes:", () => {
  const refusal = (send: () => Promise<unknown>) => clientRefusal(node, send);
  beforeEach(() => create({ Publish: true }));

  test("a version of a function that is not there, or that runs from a folder", async () => {
    const missing = () => client.send(new PublishVersionCommand({ FunctionName: "other" }));
    expect(await refusal(missing)).toEqual([
      "ResourceNotFoundException",
      404,
      `Function not found: ${ARN}:other`,
    ]);
    const folder = await mkdtemp(join(tmpdir(), "stepwell-hot-"));
    await update(1, { ZipFile: undefined, S3Bucket: "hot-reload", S3Key: folder });
    const hot = [
      "NotSupportedException",
      501,
      `Stepwell does not support versions of a function that runs from a folder (hello from ${folder}). Update its code with a ZipFile first, or use $LATEST.`,
    ];
    expect(await refusal(() => publish())).toEqual(hot);
    const Code = { S3Bucket: "hot-reload", S3Key: folder };
    const made = functionInput("hot", "", { Code, Publish: true }) as never;
    expect((await refusal(() => client.send(new CreateFunctionCommand(made))))[1]).toBe(501);
    await rm(folder, { recursive: true });
  });

  test("a version of a state that is past", async () => {
    expect(await refusal(() => publish({ RevisionId: "past" }))).toEqual([
      "PreconditionFailedException",
      412,
      "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
    ]);
    const { CodeSha256, RevisionId } = await client.send(
      new GetFunctionConfigurationCommand({ FunctionName: "hello" }),
    );
    expect(await refusal(() => publish({ CodeSha256: "other" }))).toEqual([
      "InvalidParameterValueException",
      400,
      `CodeSHA256 (other) is different from current CodeSHA256 in $LATEST (${CodeSha256}). Please try again with the CodeSHA256 in $LATEST.`,
    ]);
    expect((await publish({ CodeSha256, RevisionId })).Version).toBe("1");
  });

  test("a change of a version, and the removal of one that is not there", async () => {
    expect((await refusal(() => update(2, { FunctionName: "hello:1" })))[2]).toBe(
      "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.",
    );
    const remove = (Qualifier: string) =>
      client.send(new DeleteFunctionCommand({ FunctionName: "hello", Qualifier }));
    const before = await client.send(new ListVersionsByFunctionCommand({ FunctionName: "hello" }));
    expect((await remove("7")).$metadata.httpStatusCode).toBe(204);
    const after = await client.send(new ListVersionsByFunctionCommand({ FunctionName: "hello" }));
    expect(after.Versions).toEqual(before.Versions);
    expect((await refusal(() => remove("live")))[2]).toBe("Deletion of aliases is not currently supported.");
  });
});
