import { EventEmitter, on } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as lambda from "@aws-sdk/client-lambda";
import * as sqs from "@aws-sdk/client-sqs";
import { RealClock } from "../../kernel/clock.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { makeZip } from "../../lambda/fixtures/zip.ts";
import { openNode } from "../../node.ts";
import { dumpTables } from "./dump.ts";

/** `arn:aws:lambda:us-east-1:000000000000:function`; a name follows. */
export const FUNCTION_ARN = "arn:aws:lambda:us-east-1:000000000000:function";
/** `arn:aws:lambda:us-east-1:000000000000:layer`; a name follows. */
export const LAYER_ARN = "arn:aws:lambda:us-east-1:000000000000:layer";
export const QUEUE_ARN = "arn:aws:sqs:us-east-1:000000000000:orders";
export const GROUP_ARN = "arn:aws:logs:us-east-1:000000000000:log-group";
export const ROLE = "arn:aws:iam::000000000000:role/lambda";
export const KMS_KEY = "arn:aws:kms:us-east-1:000000000000:key/0b9c8d7e";

/** Returns its event; `{"fail": "why"}` makes it throw. */
const PLAIN = `export const handler = async (event) => {
  if (event.fail) throw new Error(event.fail);
  return event;
};`;

/**
 * A durable function without an SDK. It does what its input says: "hold" logs its token and goes on for ever, so that
 * a test can checkpoint in its place.
 */
const DURABLE = `export const handler = async (event) => {
  const input = JSON.parse(event.InitialExecutionState.Operations[0].ExecutionDetails.InputPayload);
  if (input.do === "hold") {
    console.log("held", event.DurableExecutionArn, event.CheckpointToken);
    setInterval(() => {}, 1000);
    return new Promise(() => {});
  }
  if (input.do === "throw") throw new TypeError("thrown");
  if (input.do === "fail") {
    const Error = { ErrorType: "Declined", ErrorMessage: "No.", ErrorData: "{}", StackTrace: ["at a"] };
    return { Status: "FAILED", Error };
  }
  return { Status: "SUCCEEDED", Result: JSON.stringify("done") };
};`;

export const zipOf = (code: string) => makeZip([{ name: "index.mjs", content: code }]);
export const PLAIN_ZIP = zipOf(PLAIN);
export const DURABLE_ZIP = zipOf(DURABLE);

/** Everything that a layer can be published with. */
export const EVERY_LAYER_MEMBER = {
  Content: {
    ZipFile: makeZip([{ name: "nodejs/node_modules/words/index.js", content: "exports.word = 1;" }]),
  },
  Description: "words",
  CompatibleRuntimes: ["nodejs22.x"],
  CompatibleArchitectures: ["x86_64"],
  LicenseInfo: "MIT",
};

/** Everything that a function can be created with here. */
export const EVERY_SETTING = {
  Runtime: "nodejs22.x",
  Handler: "index.handler",
  Role: ROLE,
  Description: "takes orders",
  Timeout: 900,
  MemorySize: 256,
  KMSKeyArn: KMS_KEY,
  DeadLetterConfig: { TargetArn: QUEUE_ARN },
  TracingConfig: { Mode: "Active" },
  Environment: { Variables: { STAGE: "test" } },
  EphemeralStorage: { Size: 1024 },
  Layers: [`${LAYER_ARN}:words:1`],
  SnapStart: { ApplyOn: "None" },
  LoggingConfig: {
    LogFormat: "JSON",
    ApplicationLogLevel: "DEBUG",
    SystemLogLevel: "WARN",
    LogGroup: "orders",
  },
  CapacityProviderConfig: {
    LambdaManagedInstancesCapacityProviderConfig: {
      CapacityProviderArn: "arn:aws:lambda:us-east-1:000000000000:capacity-provider:main",
      PerExecutionEnvironmentMaxConcurrency: 8,
      ExecutionEnvironmentMemoryGiBPerVCpu: 2,
    },
  },
  DurableConfig: { ExecutionTimeout: 900, RetentionPeriodInDays: 3, KMSKeyArn: KMS_KEY },
} as const;

/** What the seeds are known by, where it is not fixed. */
export interface Seeds {
  /** An execution that runs, its token and its three open callbacks. */
  readonly execution: string;
  readonly token: string;
  readonly callbacks: readonly [string, string, string];
  /** The UUID of an event source mapping. */
  readonly mapping: string;
  /** A time at which a log event may be put. */
  readonly putAtMs: number;
}

export type SeededNode = Awaited<ReturnType<typeof openSeededNode>>;

/**
 * A node behind a port, on a folder, with something for every operation:
 * functions `plain` and `spare`; the durable function `order` with every setting, versions 1 and 2, aliases `live` and
 * `old`, tags, a policy, retries and reserved concurrency; a running execution of it; the layers `words` (versions 1,
 * with a policy, and 2) and `spare`; the log groups `g` (streams `s` and `old`) and `spare`.
 */
export async function openSeededNode() {
  const folder = await mkdtemp(join(tmpdir(), "stepwell-api-"));
  const holding = new EventEmitter();
  const node = await openNode({
    data: join(folder, "data"),
    log: silentLogger,
    onFunctionLog: (lines) => {
      for (const { message } of lines) {
        const [, arn, token] = /\bheld (\S+) ([\w+/=]+)/.exec(message) ?? [];
        if (arn) holding.emit("held", arn, token);
      }
    },
  });
  const { url } = await node.listen({ port: 0, host: "127.0.0.1" });
  const config = {
    endpoint: url,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
    // StartLiveTail otherwise puts `streaming-` before the host, which is no name here.
    disableHostPrefix: true,
  };
  const lambdaClient = new lambda.LambdaClient(config);
  const logsClient = new logs.CloudWatchLogsClient(config);
  const sqsClient = new sqs.SQSClient(config);
  const modules: Readonly<Record<string, readonly [object, { send(command: never): Promise<unknown> }]>> = {
    lambda: [lambda, lambdaClient],
    logs: [logs, logsClient],
    sqs: [sqs, sqsClient],
  };
  /** Sends with AWS's own client. */
  // biome-ignore lint/suspicious/noExplicitAny: commands are looked up by name, and their outputs have every shape.
  const send = async (service: string, operation: string, input: object): Promise<any> => {
    const [module, client] = modules[service]!;
    // biome-ignore lint/suspicious/noExplicitAny: as above.
    return client.send(new (module as any)[`${operation}Command`](input) as never);
  };
  /** Starts an execution of `order` that a test checkpoints for. */
  const hold = async (): Promise<Pick<Seeds, "execution" | "token">> => {
    const held = on(holding, "held");
    const Payload = JSON.stringify({ do: "hold" });
    const input = { FunctionName: "order", InvocationType: "Event", Payload };
    const { DurableExecutionArn } = await send("lambda", "Invoke", input);
    for await (const [execution, token] of held)
      if (execution === DurableExecutionArn) return { execution, token };
    throw new Error("The function ended without a word.");
  };
  await seed(send);
  const mapping = await seedMapping(send);
  const { execution, token } = await hold();
  const callback = (Id: string) => ({ Id, Type: "CALLBACK", Action: "START" });
  const reply = await send("lambda", "CheckpointDurableExecution", {
    DurableExecutionArn: execution,
    CheckpointToken: token,
    Updates: ["first", "second", "third"].map(callback),
  });
  const seeds: Seeds = {
    execution,
    mapping,
    token: reply.CheckpointToken,
    callbacks: reply.NewExecutionState.Operations.map(
      (operation: lambda.Operation) => operation.CallbackDetails!.CallbackId,
    ),
    putAtMs: new RealClock().now(),
  };
  // Lines of functions are written beside; a request for logs waits for them.
  await send("logs", "DescribeLogGroups", {});
  return {
    ...{ url, folder, node, seeds, send, hold },
    dump: () => dumpTables(join(folder, "data")),
    async close() {
      lambdaClient.destroy();
      logsClient.destroy();
      sqsClient.destroy();
      await node.close(0);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: outputs have every shape.
type Send = (service: string, operation: string, input: object) => Promise<any>;

/** Disabled, so that nothing is under way. */
async function seedMapping(send: Send): Promise<string> {
  const Attributes = { VisibilityTimeout: "900" };
  await send("sqs", "CreateQueue", { QueueName: "orders", Attributes });
  const ends = { FunctionName: "spare", EventSourceArn: QUEUE_ARN, Enabled: false };
  for (const FunctionName of ["order", "order:live"]) {
    await send("lambda", "CreateFunctionUrlConfig", { FunctionName, AuthType: "AWS_IAM" });
  }
  return (await send("lambda", "CreateEventSourceMapping", ends)).UUID;
}

async function seed(send: Send): Promise<void> {
  for (const LayerName of ["spare", "words", "words"]) {
    await send("lambda", "PublishLayerVersion", { LayerName, ...EVERY_LAYER_MEMBER });
  }
  const permission = { Action: "lambda:GetLayerVersion", Principal: "*" };
  for (const StatementId of ["all", "spare"]) {
    const version = { LayerName: "words", VersionNumber: 1, StatementId };
    await send("lambda", "AddLayerVersionPermission", { ...version, ...permission });
  }
  const plain = { Runtime: "nodejs22.x", Handler: "index.handler", Role: ROLE, Code: { ZipFile: PLAIN_ZIP } };
  await send("lambda", "CreateFunction", { FunctionName: "spare", ...plain });
  await send("lambda", "CreateFunction", { FunctionName: "plain", ...plain, Publish: true });
  const { CapacityProviderConfig: _, ...settings } = EVERY_SETTING;
  await send("lambda", "CreateFunction", {
    ...{ FunctionName: "order", ...settings, Code: { ZipFile: DURABLE_ZIP } },
    ...{ Publish: true, Tags: { team: "orders", spare: "1" } },
  });
  await send("lambda", "UpdateFunctionConfiguration", { FunctionName: "order", ...EVERY_SETTING });
  const order = { FunctionName: "order" };
  await send("lambda", "PublishVersion", order);
  const RoutingConfig = { AdditionalVersionWeights: { 2: 0.25 } };
  await send("lambda", "CreateAlias", { ...order, Name: "live", FunctionVersion: "1", RoutingConfig });
  await send("lambda", "CreateAlias", { ...order, Name: "old", FunctionVersion: "1" });
  for (const StatementId of ["s3", "spare"]) {
    const Principal = "s3.amazonaws.com";
    await send("lambda", "AddPermission", {
      ...{ ...order, StatementId, Action: "lambda:InvokeFunction", Principal },
    });
  }
  for (const FunctionName of ["order", "plain"]) {
    await send("lambda", "PutFunctionConcurrency", { FunctionName, ReservedConcurrentExecutions: 50 });
    await send("lambda", "PutFunctionEventInvokeConfig", {
      ...{ FunctionName, MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 600 },
      DestinationConfig: {
        OnSuccess: { Destination: `${FUNCTION_ARN}:spare` },
        OnFailure: { Destination: `${FUNCTION_ARN}:spare` },
      },
    });
  }
  const versioned = { FunctionName: "order", Qualifier: "1", MaximumRetryAttempts: 2 };
  await send("lambda", "PutFunctionEventInvokeConfig", versioned);
  await send("logs", "CreateLogGroup", {
    logGroupName: "g",
    kmsKeyId: KMS_KEY,
    tags: { a: "1", spare: "2" },
  });
  await send("logs", "PutRetentionPolicy", { logGroupName: "g", retentionInDays: 7 });
  await send("logs", "CreateLogGroup", { logGroupName: "spare" });
  for (const logStreamName of ["s", "old"]) {
    await send("logs", "CreateLogStream", { logGroupName: "g", logStreamName });
  }
  const logEvents = [1, 2].map((i) => ({ timestamp: new RealClock().now() - 10 + i, message: `line ${i}` }));
  await send("logs", "PutLogEvents", { logGroupName: "g", logStreamName: "s", logEvents });
}
