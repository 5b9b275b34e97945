// A program with Stepwell in it. Argument: the folder for its data. Its parent asks for executions over IPC.
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { DEFAULT_ACCOUNT } from "../../packages/stepwell/dist/kernel/context.js";
import { silentLogger } from "../../packages/stepwell/dist/kernel/logger.js";
import { openNode } from "../../packages/stepwell/dist/node.js";
import { forEach } from "../lib/load.mjs";
import { whenAllEnded } from "./lambda-api.mjs";
import { WORKLOADS_APP } from "./stepwell-process.mjs";

const FunctionName = "durable";
const LANES = 200;

const [folder] = process.argv.slice(2);
const node = await openNode({ data: join(folder, "data"), app: WORKLOADS_APP, log: silentLogger });
const { url } = await node.listen({ port: 0, host: "127.0.0.1" });

function call(operation, input) {
  const context = {
    account: DEFAULT_ACCOUNT,
    region: node.region,
    principal: `arn:aws:iam::${DEFAULT_ACCOUNT}:root`,
    requestId: randomUUID(),
    clock: node.clock,
    signal: new AbortController().signal,
    log: silentLogger,
  };
  return node.operations.call(context, `lambda.${operation}`, input);
}

function start(input) {
  const Payload = Buffer.from(JSON.stringify(input));
  return call("Invoke", { FunctionName, Qualifier: "$LATEST", InvocationType: "Event", Payload });
}

const api = {
  list: ({ Statuses, ...query }) =>
    call("ListDurableExecutionsByFunction", { FunctionName, Statuses: [Statuses], ...query }),
  get: (DurableExecutionArn) => call("GetDurableExecution", { DurableExecutionArn }),
};

process.on("message", async ({ startAll }) => {
  try {
    const value = startAll
      ? await forEach(startAll.length, LANES, (i) => start(startAll[i]))
      : await whenAllEnded(api);
    process.send({ value });
  } catch (error) {
    process.send({ error: error.stack });
  }
});
process.on("SIGTERM", async () => {
  await node.close();
  process.exit();
});
console.log(`ready ${url}`);
