import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  AddLayerVersionPermissionCommand,
  CreateFunctionCommand,
  DeleteLayerVersionCommand,
  GetFunctionConfigurationCommand,
  GetLayerVersionByArnCommand,
  GetLayerVersionCommand,
  GetLayerVersionPolicyCommand,
  InvokeCommand,
  ListLayersCommand,
  ListLayerVersionsCommand,
  PublishLayerVersionCommand,
  PublishVersionCommand,
  RemoveLayerVersionPermissionCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { silentLogger } from "../../kernel/logger.ts";
import { openPostgresStore } from "../../store/postgres.ts";
import { sharedPostgresUrl } from "../../testing/postgres-server.ts";
import { functionInput, type LambdaNode, openLambdaNode } from "../fixtures/lambda-node.ts";
import { clientRefusal } from "../fixtures/refusal.ts";
import { makeZip, type ZipEntry } from "../fixtures/zip.ts";

const ARN = "arn:aws:lambda:us-east-1:000000000000:layer";

let node: LambdaNode;
beforeEach(async () => {
  node = await openLambdaNode();
});
afterEach(() => node.close());

async function publish(LayerName: string, entries: readonly ZipEntry[], more: object = {}) {
  const Content = { ZipFile: makeZip(entries) };
  return node.client.send(new PublishLayerVersionCommand({ LayerName, Content, ...more }));
}

async function create(name: string, code: string, Layers: string[], more: object = {}) {
  await node.client.send(new CreateFunctionCommand(functionInput(name, code, { Layers, ...more }) as never));
}

async function invoke(FunctionName: string) {
  const { Payload } = await node.client.send(new InvokeCommand({ FunctionName }));
  return JSON.parse(Buffer.from(Payload!).toString());
}

const module = (name: string, answer: string): ZipEntry => ({
  name: `nodejs/node_modules/${name}/index.js`,
  content: `exports.answer = ${JSON.stringify(answer)};`,
});

describe("a layer", () => {
  test("is published in versions, shown, listed and deleted; a number is never used again", async () => {
    const more = {
      Description: "words",
      LicenseInfo: "MIT",
      CompatibleRuntimes: ["nodejs22.x", "python3.12"] as const,
      CompatibleArchitectures: ["arm64"] as const,
    };
    const first = await publish("words", [module("a", "1")], more);
    const zip = makeZip([module("a", "1")]);
    expect(first).toMatchObject({
      ...{ LayerArn: `${ARN}:words`, LayerVersionArn: `${ARN}:words:1`, Version: 1, ...more },
      CreatedDate: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/),
      Content: { CodeSize: zip.length, CodeSha256: expect.any(String), Location: expect.any(String) },
    });
    expect(existsSync(new URL(`${first.Content!.Location}/nodejs/node_modules/a/index.js`))).toBe(true);
    expect((await publish("words", [module("a", "2")])).Version).toBe(2);
    const { $metadata: _, ...known } = first;
    const found = await node.client.send(
      new GetLayerVersionCommand({ LayerName: "words", VersionNumber: 1 }),
    );
    expect(found).toMatchObject(known);
    const byArn = await node.client.send(new GetLayerVersionByArnCommand({ Arn: `${ARN}:words:1` }));
    expect(byArn).toMatchObject(known);
    const byName = { LayerName: `${ARN}:words` };
    const versions = async () => {
      const { LayerVersions } = await node.client.send(new ListLayerVersionsCommand(byName));
      return LayerVersions!.map(({ Version }) => Version);
    };
    expect(await versions()).toEqual([2, 1]);
    const newest = { LayerName: "words", VersionNumber: 2 };
    expect((await node.client.send(new DeleteLayerVersionCommand(newest))).$metadata.httpStatusCode).toBe(
      204,
    );
    await node.client.send(new DeleteLayerVersionCommand(newest));
    expect((await publish("words", [module("a", "3")])).Version).toBe(3);
    expect(await versions()).toEqual([3, 1]);
    expect(await node.stored()).toMatchObject({ refs: 2 });
  });

  test("is listed by what it fits, in pages", async () => {
    await publish("a", [module("a", "1")], { CompatibleRuntimes: ["nodejs22.x"] });
    await publish("a", [module("a", "2")], { CompatibleRuntimes: ["python3.12"] });
    await publish("b", [module("b", "1")], { CompatibleArchitectures: ["arm64"] });
    await publish("c", [module("c", "1")]);
    const list = async (input: object) => {
      const { Layers, NextMarker } = await node.client.send(new ListLayersCommand(input));
      return [
        Layers!.map((layer) => `${layer.LayerName}:${layer.LatestMatchingVersion!.Version}`),
        NextMarker,
      ] as const;
    };
    expect(await list({})).toEqual([["a:2", "b:1", "c:1"], undefined]);
    expect(await list({ CompatibleRuntime: "nodejs22.x" })).toEqual([["a:1"], undefined]);
    expect(await list({ CompatibleArchitecture: "arm64" })).toEqual([["b:1"], undefined]);
    const [first, Marker] = await list({ MaxItems: 2 });
    expect(first).toEqual(["a:2", "b:1"]);
    expect(await list({ MaxItems: 2, Marker })).toEqual([["c:1"], undefined]);
    const versions = (input: object) =>
      node.client.send(new ListLayerVersionsCommand({ LayerName: "a", ...input }));
    const page = await versions({ MaxItems: 1 });
    const rest = await versions({ Marker: page.NextMarker });
    expect([page, rest].map(({ LayerVersions }) => LayerVersions![0]!.Version)).toEqual([2, 1]);
    expect((await versions({ CompatibleRuntime: "nodejs22.x" })).LayerVersions).toHaveLength(1);
    const none = await node.client.send(new ListLayerVersionsCommand({ LayerName: "none" }));
    expect(none.LayerVersions).toEqual([]);
  });

  test("has a policy per version", async () => {
    await publish("shared", [module("a", "1")]);
    const version = { LayerName: "shared", VersionNumber: 1 };
    const permission = { ...version, Action: "lambda:GetLayerVersion" };
    const all = { StatementId: "all", Principal: "*", OrganizationId: "o-1234567890" };
    const { Statement, RevisionId } = await node.client.send(
      new AddLayerVersionPermissionCommand({ ...permission, ...all }),
    );
    const statement = {
      ...{ Sid: "all", Effect: "Allow", Principal: "*", Action: "lambda:GetLayerVersion" },
      Resource: `${ARN}:shared:1`,
      Condition: { StringEquals: { "aws:PrincipalOrgID": "o-1234567890" } },
    };
    expect(JSON.parse(Statement!)).toEqual(statement);
    const one = { StatementId: "one", Principal: "111122223333", RevisionId };
    await node.client.send(new AddLayerVersionPermissionCommand({ ...permission, ...one }));
    const stale = new RemoveLayerVersionPermissionCommand({ ...version, StatementId: "one", RevisionId });
    expect(await clientRefusal(node, () => node.client.send(stale))).toEqual([
      "PreconditionFailedException",
      412,
      "The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id",
    ]);
    await node.client.send(new RemoveLayerVersionPermissionCommand({ ...version, StatementId: "all" }));
    const { Policy } = await node.client.send(new GetLayerVersionPolicyCommand(version));
    expect(JSON.parse(Policy!)).toMatchObject({
      Statement: [{ Sid: "one", Principal: { AWS: "arn:aws:iam::111122223333:root" } }],
    });
  });
});

describe("a function with layers", () => {
  test("in JavaScript imports their packages, and files by their path in /opt, as ES module and as CommonJS", async () => {
    const esm = {
      name: "nodejs/node_modules/only-esm/package.json",
      content: '{"name":"only-esm","type":"module","exports":"./main.js"}',
    };
    await publish("first", [
      module("both", "first"),
      module("one", "one"),
      esm,
      { name: "nodejs/node_modules/only-esm/main.js", content: `export { answer } from "one";` },
      { name: "nodejs/util.mjs", content: `export const answer = "util";` },
      { name: "nodejs/util.cjs", content: `exports.answer = "util";` },
    ]);
    await publish("second", [
      module("both", "second"),
      { name: "bin/greet", content: "#!/bin/sh\necho hi", mode: 0o100755 },
    ]);
    const both = [`${ARN}:first:1`, `${ARN}:second:1`];
    await create(
      "esm",
      `import { execSync } from "node:child_process";
       import { answer as both } from "both";
       import { answer as esm } from "only-esm";
       import { answer as util } from "/opt/nodejs/util.mjs";
       import { readdirSync } from "node:fs";
       export const handler = async () => [both, esm, util, (await import("one")).answer,
         String(execSync("greet")), readdirSync(process.env.STEPWELL_OPT)];`,
      both,
    );
    const inModules = ["second", "one", "util", "one", "hi\n", ["bin", "nodejs"]];
    expect(await invoke("esm")).toEqual(inModules);
    const commonJs = `
      const util = require("/opt/nodejs/util.cjs");
      exports.handler = async () => [require("both").answer, require("one").answer, util.answer];`;
    const Code = { ZipFile: makeZip([{ name: "index.js", content: commonJs }]) };
    await create("cjs", "", both.toReversed(), { Code });
    const inCommonJs = ["first", "one", "util"];
    expect(await invoke("cjs")).toEqual(inCommonJs);
    // As on Node.js before 22.15, where modules are found by another way.
    const preload = join(node.folder, "older.cjs");
    await writeFile(preload, `delete require("node:module").registerHooks;`);
    const Environment = { Variables: { NODE_OPTIONS: `--require=${preload}` } };
    for (const [FunctionName, expected] of [
      ["esm", inModules],
      ["cjs", inCommonJs],
    ] as const) {
      await node.call("UpdateFunctionConfiguration", { FunctionName, Environment });
      expect(await invoke(FunctionName)).toEqual(expected);
    }
    const missing = `import "nowhere"; export const handler = () => 1;`;
    await create("missing", missing, both);
    expect(await invoke("missing")).toMatchObject({ errorMessage: expect.stringContaining("'nowhere'") });
  });

  test("in Python imports their modules, the function's own first", async () => {
    await publish("python", [
      { name: "python/words.py", content: "WORD = 'layer'" },
      { name: "python/own.py", content: "WORD = 'layer'" },
      { name: "python/lib/python3.12/site-packages/installed.py", content: "WORD = 'installed'" },
    ]);
    const Code = {
      ZipFile: makeZip([
        { name: "own.py", content: "WORD = 'own'" },
        {
          name: "app.py",
          content:
            "import words, own, installed\ndef run(event, context): return [words.WORD, own.WORD, installed.WORD]",
        },
      ]),
    };
    const python = { Code, Runtime: "python3.12", Handler: "app.run" };
    await create("python", "", [`${ARN}:python:1`], {
      ...python,
      Environment: { Variables: { PYTHONPATH: "/x" } },
    });
    expect(await invoke("python")).toEqual(["layer", "own", "installed"]);
  });

  test("may take its runtime from one", async () => {
    const content = `#!/usr/bin/env bash
api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation
while true; do
  id=$(curl -sS -o event -D - "$api/next" | grep -i aws-request-id | cut -d: -f2 | tr -d ' \\r')
  curl -sS -o /dev/null -d "\\"$(cat word)\\"" "$api/$id/response"
done`;
    await publish("runtime", [{ name: "bootstrap", content, mode: 0o100755 }]);
    const Code = { ZipFile: makeZip([{ name: "word", content: "layered" }]) };
    await create("own", "", [`${ARN}:runtime:1`], { Code, Runtime: "provided.al2023" });
    expect(await invoke("own")).toBe("layered");
  });

  test("shows them, keeps them when they are deleted, gives them to its versions and can have others", async () => {
    const { Content } = await publish("words", [module("word", "one")]);
    const code = `import { answer } from "word"; export const handler = async () => answer;`;
    await create("f", code, [`${ARN}:words:1`]);
    const configuration = () => node.client.send(new GetFunctionConfigurationCommand({ FunctionName: "f" }));
    const Layers = [{ Arn: `${ARN}:words:1`, CodeSize: Content!.CodeSize }];
    expect((await configuration()).Layers).toEqual(Layers);
    await node.client.send(new PublishVersionCommand({ FunctionName: "f" }));
    await node.client.send(new DeleteLayerVersionCommand({ LayerName: "words", VersionNumber: 1 }));
    expect(await invoke("f")).toBe("one");
    await publish("words", [module("word", "two")]);
    const update = (input: object) =>
      node.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "f", ...input }));
    expect((await update({ Timeout: 10 })).Layers).toEqual(Layers);
    await update({ Layers: [`${ARN}:words:2`] });
    expect([await invoke("f"), await invoke("f:1")]).toEqual(["two", "one"]);
    expect((await node.client.send(new PublishVersionCommand({ FunctionName: "f" }))).Version).toBe("2");
    await update({ Layers: [] });
    expect((await configuration()).Layers).toBeUndefined();
    expect(await invoke("f")).toMatchObject({ errorMessage: expect.stringContaining("'word'") });
  });
});

describe("is refused, and nothing changes:", () => {
  const name = "InvalidParameterValueException";
  const update = (...Layers: string[]) =>
    new UpdateFunctionConfigurationCommand({ FunctionName: "f", Layers });
  const words = (version: number) => `${ARN}:words:${version}`;
  const publishZip = (ZipFile: Uint8Array) =>
    new PublishLayerVersionCommand({ LayerName: "words", Content: { ZipFile } });
  const permit = (more: object = {}) =>
    new AddLayerVersionPermissionCommand({
      ...{
        LayerName: "words",
        VersionNumber: 1,
        StatementId: "s",
        Action: "lambda:GetLayerVersion",
        Principal: "*",
      },
      ...more,
    });
  const big = (megabytes: number) => ({ name: "big", content: Buffer.alloc(megabytes * 1024 * 1024) });

  beforeEach(async () => {
    await publish("words", [module("a", "1")]);
    await publish("words", [module("a", "2")]);
    await create("f", "export const handler = () => 1;", [words(1)]);
  });

  // biome-ignore lint/suspicious/noExplicitAny: the client's commands have no common type to name here.
  const cases: [string, () => any, string, number, string][] = [
    [
      "six layers",
      () => update(...[1, 2, 3, 4, 5, 6].map(words)),
      name,
      400,
      "Cannot reference more than 5 layers.",
    ],
    [
      "a layer that is not there",
      () => update(`${ARN}:none:1`),
      name,
      400,
      `Layer version ${ARN}:none:1 does not exist.`,
    ],
    [
      "a version that is not there",
      () => update(words(3)),
      name,
      400,
      `Layer version ${words(3)} does not exist.`,
    ],
    [
      "two versions of one layer",
      () => update(words(1), words(2)),
      ...[name, 400],
      `Two different versions of the same layer are not allowed to be referenced in the same function. ${words(1)} and ${words(2)} are versions of the same layer.`,
    ],
    [
      "an ARN without a version",
      () => update(`${ARN}:words`),
      ...["ValidationException", 400],
      expect.stringContaining(
        `1 validation error detected: Value '[${ARN}:words]' at 'layers' failed to satisfy constraint: Member must satisfy constraint: [`,
      ),
    ],
    [
      "a layer of another region",
      () => update("arn:aws:lambda:eu-west-1:000000000000:layer:words:1"),
      ...[name, 400],
      "Layers are not in the same region as the function. Layers are expected to be in region us-east-1.",
    ],
    [
      "a layer of another account",
      () => update("arn:aws:lambda:us-east-1:580247275435:layer:LambdaInsightsExtension:14"),
      ...["AccessDeniedException", 403],
      "User: arn:aws:iam::000000000000:root is not authorized to perform: lambda:GetLayerVersion on resource: arn:aws:lambda:us-east-1:580247275435:layer:LambdaInsightsExtension:14 because no resource-based policy allows the lambda:GetLayerVersion action (Stepwell cannot fetch layers of other accounts: download the layer and publish it here with PublishLayerVersion)",
    ],
    [
      "a layer that is no zip",
      () => publishZip(Buffer.from("zip")),
      name,
      400,
      "Could not unzip uploaded file. Please check your file, then try to upload again.",
    ],
    [
      "a layer that is empty",
      () => publishZip(makeZip([])),
      name,
      400,
      "Uploaded file must be a non-empty zip",
    ],
    [
      "a zip of more than 50 MB",
      () => publishZip(Buffer.alloc(52_428_801)),
      ...["RequestEntityTooLargeException", 413],
      "Request must be smaller than 70167211 bytes for the PublishLayerVersion operation",
    ],
    [
      "250 MB unzipped",
      () => publishZip(makeZip([big(250)])),
      name,
      400,
      "Unzipped size must be smaller than 262144000 bytes",
    ],
    [
      "content that is nowhere",
      () => new PublishLayerVersionCommand({ LayerName: "words", Content: {} }),
      ...[name, 400],
      "Please provide a source for the layer's content.",
    ],
    [
      "content in S3",
      () =>
        new PublishLayerVersionCommand({ LayerName: "words", Content: { S3Bucket: "bucket", S3Key: "k" } }),
      ...["NotSupportedException", 501],
      "Stepwell does not support layers from S3 (the bucket bucket). Upload the zip as ZipFile.",
    ],
    [
      "version 0",
      () => new GetLayerVersionCommand({ LayerName: "words", VersionNumber: 0 }),
      name,
      400,
      "Layer Version Cannot be less than 1.",
    ],
    [
      "showing what is not there",
      () => new GetLayerVersionCommand({ LayerName: "words", VersionNumber: 9 }),
      ...["ResourceNotFoundException", 404, "The resource you requested does not exist."],
    ],
    [
      "showing what is not there, by its ARN",
      () => new GetLayerVersionByArnCommand({ Arn: "arn:aws:lambda:us-east-1:111122223333:layer:words:1" }),
      ...["ResourceNotFoundException", 404, "The resource you requested does not exist."],
    ],
    [
      "permission for what is not there",
      () => permit({ VersionNumber: 9 }),
      "ResourceNotFoundException",
      404,
      `Layer version ${words(9)} does not exist.`,
    ],
    [
      "the revision of a policy that is not there",
      () => permit({ RevisionId: "1" }),
      ...["PreconditionFailedException", 412],
      "The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id",
    ],
    [
      "a policy that is not there",
      () => new GetLayerVersionPolicyCommand({ LayerName: "words", VersionNumber: 1 }),
      ...["ResourceNotFoundException", 404, "No policy is associated with the given resource."],
    ],
    [
      "removing from a policy that is not there",
      () =>
        new RemoveLayerVersionPermissionCommand({ LayerName: "words", VersionNumber: 1, StatementId: "s" }),
      ...["ResourceNotFoundException", 404, "No policy is associated with the given resource."],
    ],
  ] as never;

  test.each(cases)("%s", async (_what, command, ...expected) => {
    expect(await clientRefusal(node, () => node.client.send(command()))).toEqual(expected);
  });

  test("a statement that is there already, and one that is not", async () => {
    await node.client.send(permit());
    expect(await clientRefusal(node, () => node.client.send(permit()))).toEqual([
      "ResourceConflictException",
      409,
      "The statement id (s) provided already exists. Please provide a new statement id, or remove the existing statement.",
    ]);
    const remove = { LayerName: "words", VersionNumber: 1, StatementId: "t" };
    expect(
      await clientRefusal(node, () => node.client.send(new RemoveLayerVersionPermissionCommand(remove))),
    ).toEqual(["ResourceNotFoundException", 404, "Statement t is not found in resource policy."]);
  });

  test("layers that are together, or with the code, larger than 250 MB", async () => {
    await publish("large", [big(150)]);
    await publish("larger", [big(120)]);
    const [large, larger] = [`${ARN}:large:1`, `${ARN}:larger:1`];
    expect(await clientRefusal(node, () => node.client.send(update(large, larger)))).toEqual([
      ...[name, 400, "Layers consume more than the available size of 262144000 bytes"],
    ]);
    const Code = { ZipFile: makeZip([big(110)]) };
    const input = functionInput("g", "", { Code, Layers: [large] });
    const bytes = 260 * 1024 * 1024;
    expect(
      await clientRefusal(node, () => node.client.send(new CreateFunctionCommand(input as never))),
    ).toEqual([
      ...[name, 400],
      `Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. The actual size is ${bytes} bytes.`,
    ]);
  });
});

describe("on PostgreSQL", () => {
  let postgres: LambdaNode;
  beforeAll(async () => {
    const url = await sharedPostgresUrl();
    postgres = await openLambdaNode({
      openStore: (clock) => openPostgresStore({ url, schema: "layers", clock, log: silentLogger }),
    });
  });
  afterAll(() => postgres.close());

  test("layers are published at the same time, used, shared and deleted", async () => {
    const { client } = postgres;
    const Content = { ZipFile: makeZip([module("word", "one")]) };
    const published = [1, 2, 3, 4].map(() =>
      client.send(new PublishLayerVersionCommand({ LayerName: "words", Content })),
    );
    const versions = (await Promise.all(published)).map(({ Version }) => Version);
    expect(versions.toSorted()).toEqual([1, 2, 3, 4]);
    const code = `import { answer } from "word"; export const handler = async () => answer;`;
    const input = functionInput("f", code, { Layers: [`${ARN}:words:3`] });
    await client.send(new CreateFunctionCommand(input as never));
    const permission = { LayerName: "words", VersionNumber: 3, StatementId: "s", Principal: "*" };
    await client.send(
      new AddLayerVersionPermissionCommand({ ...permission, Action: "lambda:GetLayerVersion" }),
    );
    const { Policy } = await client.send(
      new GetLayerVersionPolicyCommand({ LayerName: "words", VersionNumber: 3 }),
    );
    expect(JSON.parse(Policy!).Statement).toHaveLength(1);
    for (const VersionNumber of [3, 4]) {
      await client.send(new DeleteLayerVersionCommand({ LayerName: "words", VersionNumber }));
    }
    const { Payload } = await client.send(new InvokeCommand({ FunctionName: "f" }));
    expect(Buffer.from(Payload!).toString()).toBe('"one"');
    const { Layers } = await client.send(new ListLayersCommand({}));
    expect(Layers![0]!.LatestMatchingVersion!.Version).toBe(2);
  });
});
