import { rm } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { functionInput, type LambdaNode, openLambdaNode } from "./fixtures/lambda-node.ts";
import { refusal } from "./fixtures/refusal.ts";
import { makeZip } from "./fixtures/zip.ts";

const ARN = "arn:aws:lambda:us-east-1:000000000000:function";

let node: LambdaNode;
beforeEach(async () => {
  node = await openLambdaNode();
});
afterEach(() => node.close());

const zip = (code: string) => makeZip([{ name: "index.mjs", content: code }]);
const create = (name = "hello", more: object = {}) =>
  node.call("CreateFunction", functionInput(name, "1", more));

describe("a function", () => {
  test("is shown as AWS shows it, with AWS's defaults", async () => {
    const made = await create("hello", { Tags: { team: "a" } });
    expect(made).toEqual({
      FunctionName: "hello",
      FunctionArn: `${ARN}:hello`,
      Runtime: "nodejs22.x",
      Role: "arn:aws:iam::000000000000:role/lambda",
      Handler: "index.handler",
      CodeSize: zip("1").length,
      Description: "",
      Timeout: 3,
      MemorySize: 128,
      LastModified: "2030-01-01T00:00:00.000+0000",
      CodeSha256: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/),
      Version: "$LATEST",
      TracingConfig: { Mode: "PassThrough" },
      RevisionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      State: "Active",
      LastUpdateStatus: "Successful",
      PackageType: "Zip",
      Architectures: ["x86_64"],
      EphemeralStorage: { Size: 512 },
      SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
      RuntimeVersionConfig: {
        RuntimeVersionArn: expect.stringMatching(/^arn:aws:lambda:us-east-1::runtime:[0-9a-f]{64}$/),
      },
      LoggingConfig: { LogFormat: "Text", LogGroup: "/aws/lambda/hello" },
    });
    expect(await node.call("GetFunctionConfiguration", { FunctionName: "hello" })).toEqual(made);
    expect(await node.call("GetFunction", { FunctionName: "hello", Qualifier: "$LATEST" })).toEqual({
      Configuration: { ...made, FunctionArn: `${ARN}:hello:$LATEST` },
      Code: { RepositoryType: "S3", Location: expect.stringContaining(node.codeFolder) },
      Tags: { team: "a" },
    });
  });

  test("whose variables and key are taken away is as one that never had any", async () => {
    const plain = await create("hello", { Environment: {} });
    expect(plain).not.toHaveProperty("Environment");
    const name = { FunctionName: "hello" };
    const change = (more: object) => node.call("UpdateFunctionConfiguration", { ...name, ...more });
    const KMSKeyArn = "arn:aws:kms:us-east-1:000000000000:key/k";
    await change({ KMSKeyArn, Environment: { Variables: { LANGUAGE: "en" } } });
    await change({ KMSKeyArn: "", Environment: { Variables: {} } });
    const { RevisionId, ...same } = plain;
    expect(await node.call("GetFunctionConfiguration", name)).toMatchObject(same);
    expect(Object.keys(await node.call("GetFunctionConfiguration", name)).sort()).toEqual(
      Object.keys(plain).sort(),
    );
  });

  test("keeps what it was created with", async () => {
    const given = {
      Description: "greets",
      Timeout: 60,
      MemorySize: 512,
      Environment: { Variables: { LANGUAGE: "en" } },
      Architectures: ["arm64"],
      TracingConfig: { Mode: "Active" },
      EphemeralStorage: { Size: 1024 },
      KMSKeyArn: "arn:aws:kms:us-east-1:000000000000:key/k",
      DurableConfig: { ExecutionTimeout: 600 },
      LoggingConfig: { LogFormat: "JSON", LogGroup: "/my/logs" },
      CapacityProviderConfig: {
        LambdaManagedInstancesCapacityProviderConfig: {
          CapacityProviderArn: "arn:aws:lambda:us-east-1:000000000000:capacity-provider:p",
          PerExecutionEnvironmentMaxConcurrency: 8,
        },
      },
    };
    expect(await create("hello", given)).toMatchObject({
      ...given,
      DurableConfig: { ExecutionTimeout: 600, RetentionPeriodInDays: 14 },
      LoggingConfig: {
        LogFormat: "JSON",
        LogGroup: "/my/logs",
        ApplicationLogLevel: "INFO",
        SystemLogLevel: "INFO",
      },
    });
    const fn = await node.service.catalog.find("000000000000", "us-east-1", "hello", "$LATEST");
    expect(fn?.durable).toEqual({ executionTimeoutSeconds: 600, retentionDays: 14 });
    const code = await node.service.catalog.code("000000000000", "us-east-1", "hello", "$LATEST");
    expect(code).toMatchObject({ concurrency: 8, timeoutMs: 60_000, memoryMb: 512, logGroup: "/my/logs" });
    expect(code.environment).toEqual({ LANGUAGE: "en" });
    expect(code.jsonLogging).toEqual({ applicationLevel: "INFO", systemLevel: "INFO" });
  });

  test("may have empty members for what Stepwell does not do", async () => {
    const empty = {
      VpcConfig: { SubnetIds: [], SecurityGroupIds: [] },
      DeadLetterConfig: {},
      FileSystemConfigs: [],
      ImageConfig: {},
      SnapStart: { ApplyOn: "None" },
      Publish: false,
    };
    expect((await create("hello", empty)).State).toBe("Active");
  });

  test("is found by its name, by a partial ARN and by its ARN, with or without $LATEST", async () => {
    await create();
    const names = [
      "hello",
      "hello:$LATEST",
      "000000000000:function:hello",
      `${ARN}:hello`,
      `${ARN}:hello:$LATEST`,
    ];
    for (const FunctionName of names) {
      const found = await node.call("GetFunctionConfiguration", { FunctionName });
      expect(found.FunctionArn).toBe(
        FunctionName.endsWith("$LATEST") ? `${ARN}:hello:$LATEST` : `${ARN}:hello`,
      );
    }
  });

  test("of another account or region is another function", async () => {
    await create();
    await node.call("CreateFunction", functionInput("hello", "2"), { region: "eu-west-1" });
    await node.call("CreateFunction", functionInput("hello", "3"), { account: "111111111111" });
    expect((await node.stored()).functions).toBe(3);
    await node.call("DeleteFunction", { FunctionName: "hello" });
    const there = await node.call("GetFunction", { FunctionName: "hello" }, { region: "eu-west-1" });
    expect(there.Configuration.FunctionArn).toBe("arn:aws:lambda:eu-west-1:000000000000:function:hello");
  });

  test("takes new code, under a new revision", async () => {
    const before = await create();
    node.clock.advance(1_000);
    const ZipFile = zip("2");
    const after = await node.call("UpdateFunctionCode", {
      FunctionName: "hello",
      ZipFile,
      Architectures: ["arm64"],
    });
    expect(after).toMatchObject({
      LastModified: "2030-01-01T00:00:01.000+0000",
      CodeSize: ZipFile.length,
      Architectures: ["arm64"],
    });
    expect(after.RevisionId).not.toBe(before.RevisionId);
    expect(after.CodeSha256).not.toBe(before.CodeSha256);
    expect(await node.call("GetFunctionConfiguration", { FunctionName: "hello" })).toEqual(after);
    expect(await node.stored()).toMatchObject({ functions: 1, refs: 1 });
    expect(await node.store.collectBlobs(-1)).toBe(1);
  });

  test("keeps its code when the new one is only tried (DryRun)", async () => {
    const before = await create();
    const ZipFile = zip("2");
    const tried = await node.call("UpdateFunctionCode", { FunctionName: "hello", ZipFile, DryRun: true });
    expect(tried.CodeSize).toBe(ZipFile.length);
    expect(await node.call("GetFunctionConfiguration", { FunctionName: "hello" })).toEqual(before);
  });

  test("takes new settings, and keeps those that are not named", async () => {
    const before = await create("hello", {
      Timeout: 9,
      Environment: { Variables: { OLD: "1" } },
      DurableConfig: { ExecutionTimeout: 60 },
    });
    const after = await node.call("UpdateFunctionConfiguration", {
      FunctionName: "hello",
      RevisionId: before.RevisionId,
      Environment: { Variables: { NEW: "2" } },
      Handler: "other.handler",
      DurableConfig: { RetentionPeriodInDays: 3 },
    });
    expect(after).toEqual({
      ...before,
      RevisionId: after.RevisionId,
      Environment: { Variables: { NEW: "2" } },
      Handler: "other.handler",
      DurableConfig: { ExecutionTimeout: 60, RetentionPeriodInDays: 3 },
    });
    expect(after.RevisionId).not.toBe(before.RevisionId);
  });

  test("is deleted with its code, and its name is free again", async () => {
    await create();
    expect(await node.call("DeleteFunction", { FunctionName: `${ARN}:hello` })).toEqual({ StatusCode: 204 });
    expect(await node.stored()).toMatchObject({ functions: 0, refs: 0 });
    expect(await node.store.collectBlobs(-1)).toBe(1);
    expect((await create()).FunctionName).toBe("hello");
  });

  test("whose unpacked code was deleted is unpacked again", async () => {
    await create();
    await node.close({ keep: true });
    await rm(node.codeFolder, { recursive: true });
    const { folder } = node;
    node = await openLambdaNode({ folder });
    const code = await node.service.catalog.code("000000000000", "us-east-1", "hello", "$LATEST");
    expect(code.folder.startsWith(node.codeFolder)).toBe(true);
    expect((await node.stored()).unpacked).toBe(1);
    await node.close({ keep: false });
    node = await openLambdaNode();
  });

  test("changed by two at once is changed by one, and the other is told", async () => {
    await create();
    const change = (Description: string) =>
      node.call("UpdateFunctionConfiguration", { FunctionName: "hello", Description });
    const outcomes = await Promise.allSettled([change("one"), change("two")]);
    const rejected = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(rejected.map(({ reason }) => [reason.code, reason.message])).toEqual([
      [
        "ResourceConflictException",
        `The operation cannot be performed at this time. An update is in progress for resource: ${ARN}:hello`,
      ],
    ]);
  });
});

describe("a list of functions", () => {
  test("comes in pages, by name", async () => {
    const { folder } = node;
    for (let i = 0; i < 53; i++) {
      const Code = { S3Bucket: "hot-reload", S3Key: folder };
      await create(`f${String(i).padStart(2, "0")}`, { Code });
    }
    const first = await node.call("ListFunctions", {});
    expect(first.Functions).toHaveLength(50);
    const rest = await node.call("ListFunctions", { Marker: first.NextMarker, FunctionVersion: "ALL" });
    expect(rest.Functions.map((fn: { FunctionName: string }) => fn.FunctionName)).toEqual([
      "f50",
      "f51",
      "f52",
    ]);
    expect(rest.NextMarker).toBeUndefined();
    const small = await node.call("ListFunctions", { MaxItems: 53 - 50, Marker: first.NextMarker });
    expect(small.NextMarker).toBeUndefined();
    const other = await node.call("ListFunctions", {}, { region: "eu-west-1" });
    expect(other).toEqual({ Functions: [] });
  });

  test("leaves the state and the runtime's version of each to GetFunction, as AWS's does", async () => {
    const { State, LastUpdateStatus, RuntimeVersionConfig, ...rest } = await create("hello");
    expect(await node.call("ListFunctions", {})).toEqual({ Functions: [rest] });
    expect(await node.call("ListVersionsByFunction", { FunctionName: "hello" })).toEqual({
      Versions: [{ ...rest, FunctionArn: `${ARN}:hello:$LATEST` }],
    });
  });

  test("refuses a marker that is not its own", async () => {
    expect((await refusal(node, "ListFunctions", { Marker: "?" })).code).toBe(
      "InvalidParameterValueException",
    );
  });
});
