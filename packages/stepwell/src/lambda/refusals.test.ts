import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { functionInput, type LambdaNode, openLambdaNode } from "./fixtures/lambda-node.ts";
import { refusal } from "./fixtures/refusal.ts";
import { makeZip } from "./fixtures/zip.ts";

const ARN = "arn:aws:lambda:us-east-1:000000000000:function";

let node: LambdaNode;
beforeEach(async () => {
  node = await openLambdaNode();
  await node.call("CreateFunction", functionInput("hello", "1"));
});
afterEach(() => node.close());

const zip = (code: string) => makeZip([{ name: "index.mjs", content: code }]);

describe("is refused, and nothing changes:", () => {
  const input = (more: object) => functionInput("new", "1", more);
  const invalid = (message: string) => ({ code: "InvalidParameterValueException", status: 400, message });
  const missing = (message: string) => ({ code: "ResourceNotFoundException", status: 404, message });
  const unsupported = (message: string) => ({ code: "NotSupportedException", status: 501, message });
  const unable =
    "Lambda was unable to configure your environment variables because the environment variables you have provided";

  test.each([
    [
      "a name that is taken",
      "CreateFunction",
      functionInput("hello", "2"),
      { code: "ResourceConflictException", status: 409, message: "Function already exist: hello" },
    ],
    [
      "no handler",
      "CreateFunction",
      input({ Handler: undefined }),
      invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages."),
    ],
    ["no code", "CreateFunction", input({ Code: {} }), invalid("Please provide a source for function code.")],
    [
      "code that is no zip",
      "CreateFunction",
      input({ Code: { ZipFile: Buffer.from("code") } }),
      invalid("Could not unzip uploaded file. Please check your file, then try to upload again."),
    ],
    [
      "two sources of code",
      "CreateFunction",
      input({ Code: { ZipFile: zip("1"), S3Bucket: "b-b", S3Key: "k" } }),
      invalid("Please do not provide other FunctionCode parameters when providing a ZipFile."),
    ],
    [
      "a zip of more than 50 MB",
      "CreateFunction",
      input({ Code: { ZipFile: Buffer.alloc(52_428_801) } }),
      {
        code: "RequestEntityTooLargeException",
        status: 413,
        message: "Request must be smaller than 70167211 bytes for the CreateFunction operation",
      },
    ],
    [
      "a timeout of more than 15 minutes",
      "CreateFunction",
      input({ Timeout: 901 }),
      {
        code: "ValidationException",
        status: 400,
        message:
          "1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900",
      },
    ],
    [
      "too much memory",
      "CreateFunction",
      input({ MemorySize: 10_241 }),
      {
        code: "ValidationException",
        status: 400,
        message:
          "1 validation error detected: Value '10241' at 'memorySize' failed to satisfy constraint: Member must have value less than or equal to 10240",
      },
    ],
    [
      "a name of 65 characters",
      "CreateFunction",
      { ...input({}), FunctionName: "n".repeat(65) },
      invalid(
        `1 validation error detected: Value '${"n".repeat(65)}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64`,
      ),
    ],
    [
      "a reserved variable",
      "CreateFunction",
      input({ Environment: { Variables: { AWS_REGION: "x", HANDLER: "y" } } }),
      invalid(
        `${unable} contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION`,
      ),
    ],
    [
      "more than 4 KB of variables",
      "CreateFunction",
      input({ Environment: { Variables: { LONG: "x".repeat(4096) } } }),
      invalid(`${unable} exceeded the 4KB limit. Measured size: 4107 bytes`),
    ],
    [
      "durability without an end",
      "CreateFunction",
      input({ DurableConfig: {} }),
      invalid(
        "DurableConfig needs an ExecutionTimeout: for how many seconds an execution may run, from 1 to 31622400.",
      ),
    ],
    [
      "durability later on",
      "UpdateFunctionConfiguration",
      { FunctionName: "hello", DurableConfig: { ExecutionTimeout: 1 } },
      invalid(
        "DurableConfig cannot be added to an existing function: a function is durable from its creation or never. Create a new function with it.",
      ),
    ],
    [
      "another language",
      "CreateFunction",
      input({ Runtime: "ruby3.4" }),
      unsupported(
        "Stepwell does not support the runtime ruby3.4. Use Node.js (nodejs22.x), Python (python3.9 and newer), or a runtime of your own (provided.al2023).",
      ),
    ],
    [
      "an update to another language",
      "UpdateFunctionConfiguration",
      { FunctionName: "hello", Runtime: "java21" },
      unsupported(
        "Stepwell does not support the runtime java21. Use Node.js (nodejs22.x), Python (python3.9 and newer), or a runtime of your own (provided.al2023).",
      ),
    ],
    [
      "a container image",
      "CreateFunction",
      input({ PackageType: "Image" }),
      unsupported(
        "Stepwell does not support functions from container images (PackageType Image). Upload a zip.",
      ),
    ],
    [
      "an image as new code",
      "UpdateFunctionCode",
      { FunctionName: "hello", ImageUri: "x" },
      unsupported(
        "Stepwell does not support functions from container images (ImageUri). Upload a zip as ZipFile.",
      ),
    ],
    [
      "code in S3",
      "CreateFunction",
      input({ Code: { S3Bucket: "my-bucket", S3Key: "k.zip" } }),
      unsupported(
        'Stepwell does not support functions from S3 (the bucket my-bucket). Upload the zip as ZipFile, or set S3Bucket to "hot-reload" and S3Key to the absolute path of a folder.',
      ),
    ],
    [
      "a VPC",
      "CreateFunction",
      input({ VpcConfig: { SubnetIds: ["subnet-1"], SecurityGroupIds: ["sg-1"] } }),
      unsupported(
        "Stepwell does not support functions in a VPC (VpcConfig). Leave it out: functions reach what this machine reaches.",
      ),
    ],
    [
      "a dead-letter queue that is none",
      "CreateFunction",
      input({ DeadLetterConfig: { TargetArn: "arn:aws:s3:::bucket" } }),
      invalid("The target arn:aws:s3:::bucket of the DeadLetterConfig is neither a queue nor a topic."),
    ],
    [
      "a log level for a log in text",
      "CreateFunction",
      input({ LoggingConfig: { SystemLogLevel: "WARN" } }),
      invalid(
        'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the LogFormat to "JSON" and try again.',
      ),
    ],
    [
      "a function that is not there",
      "GetFunction",
      { FunctionName: "other" },
      missing(`Function not found: ${ARN}:other`),
    ],
    [
      "a version that is not there",
      "GetFunctionConfiguration",
      { FunctionName: "hello", Qualifier: "1" },
      missing(`Function not found: ${ARN}:hello:1`),
    ],
    [
      "an alias that is not there",
      "GetFunction",
      { FunctionName: "hello:live" },
      missing(`Function not found: ${ARN}:hello:live`),
    ],
    [
      "new code for a function that is not there",
      "UpdateFunctionCode",
      { FunctionName: "other", ZipFile: zip("2") },
      missing(`Function not found: ${ARN}:other`),
    ],
    [
      "the deletion of a function that is not there",
      "DeleteFunction",
      { FunctionName: "other" },
      missing(`Function not found: ${ARN}:other`),
    ],
    [
      "the deletion of $LATEST alone",
      "DeleteFunction",
      { FunctionName: "hello", Qualifier: "$LATEST" },
      invalid("$LATEST version cannot be deleted without deleting the function."),
    ],
    [
      "two qualifiers",
      "GetFunction",
      { FunctionName: "hello:a", Qualifier: "b" },
      invalid("The derived qualifier from the function name does not match the specified qualifier."),
    ],
    [
      "another region's function",
      "GetFunction",
      { FunctionName: "arn:aws:lambda:eu-west-1:000000000000:function:hello" },
      missing("Functions from 'eu-west-1' are not reachable in this region ('us-east-1')"),
    ],
    [
      "another account's function",
      "GetFunction",
      { FunctionName: "arn:aws:lambda:us-east-1:111111111111:function:hello" },
      {
        code: "AccessDeniedException",
        status: 403,
        message: "arn:aws:lambda:us-east-1:111111111111:function:hello is a function of another account.",
      },
    ],
    [
      "a change to a revision that is past",
      "UpdateFunctionConfiguration",
      { FunctionName: "hello", RevisionId: "r", Timeout: 4 },
      {
        code: "PreconditionFailedException",
        status: 412,
        message:
          "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
      },
    ],
  ])("%s", async (_title, operation, request, expected) => {
    expect(await refusal(node, operation, request)).toEqual(expected);
  });
});

describe("a hot-reload function is refused when its folder", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "stepwell-hot-"));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const refusedFor = async (S3Key: string) =>
    (
      await refusal(
        node,
        "CreateFunction",
        functionInput("hot", "1", { Code: { S3Bucket: "hot-reload", S3Key } }),
      )
    ).message;

  test("is missing, is a file, or has no absolute path", async () => {
    await writeFile(join(folder, "file"), "");
    expect(await refusedFor(join(folder, "none"))).toBe(
      `The hot-reload folder "${folder}/none" does not exist. Give S3Key the path of a folder with the code.`,
    );
    expect(await refusedFor(join(folder, "file"))).toBe(
      `The hot-reload folder "${folder}/file" is not a folder. Give S3Key the path of a folder with the code.`,
    );
    expect(await refusedFor("dist")).toBe(
      'The hot-reload folder "dist" is not an absolute path. Give S3Key the whole path of the folder with the code.',
    );
  });
});
