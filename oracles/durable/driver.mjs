/** The driver that the recorded requirements' runner asks for: a node, its functions, and what they logged. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CloudWatchLogsClient, paginateFilterLogEvents } from "@aws-sdk/client-cloudwatch-logs";
import { CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { RealClock } from "../../packages/stepwell/dist/kernel/clock.js";
import { jsonLogger } from "../../packages/stepwell/dist/kernel/logger.js";
import { openNode } from "../../packages/stepwell/dist/node.js";

const HANDLERS = fileURLToPath(new URL("handlers", import.meta.url));
const ROLE = "arn:aws:iam::000000000000:role/oracles";

let data;
let node;
let config;

export async function setup({ manifest }) {
  data = await mkdtemp(join(tmpdir(), "stepwell-oracles-"));
  const clock = new RealClock();
  const log = jsonLogger(
    (line) => process.stderr.write(line),
    () => clock.now(),
    "error",
  );
  node = await openNode({ data, log, clock });
  const { url } = await node.listen({ host: "127.0.0.1", port: 0 });
  config = {
    endpoint: url,
    region: node.region,
    credentials: { accessKeyId: "oracles", secretAccessKey: "oracles" },
  };
  const lambda = new LambdaClient(config);
  await Promise.all(
    manifest.functions.map((each) => lambda.send(new CreateFunctionCommand(functionOf(each)))),
  );
  lambda.destroy();
  return { endpoint: url };
}

const functionOf = ({ functionName, handler, env, durable, tenancy }) => ({
  FunctionName: functionName,
  Runtime: "nodejs24.x",
  Role: ROLE,
  Handler: handler,
  Code: { S3Bucket: "hot-reload", S3Key: HANDLERS },
  Timeout: 30,
  MemorySize: 256,
  ...(env ? { Environment: { Variables: env } } : {}),
  ...(durable ? { DurableConfig: durable } : {}),
  ...(tenancy ? { TenancyConfig: tenancy } : {}),
});

/** An execution's records, found as one finds them on AWS: by the ARN that each of them carries. */
export async function getLogs({ functionName, executionArn, startMs }) {
  const client = new CloudWatchLogsClient(config);
  const events = [];
  const pages = paginateFilterLogEvents(
    { client },
    {
      logGroupName: `/aws/lambda/${functionName}`,
      filterPattern: `{ ($.durableExecutionArn = "${executionArn}") || ($.executionArn = "${executionArn}") }`,
      startTime: startMs,
    },
  );
  for await (const page of pages) events.push(...page.events);
  client.destroy();
  return events;
}

export async function teardown() {
  await node?.close(0);
  await rm(data, { recursive: true, force: true });
}
