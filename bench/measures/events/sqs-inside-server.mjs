// A program with Stepwell in it, which calls SQS in process. Arguments: the folder for its data, seconds per figure.
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { DEFAULT_ACCOUNT } from "../../../packages/stepwell/dist/kernel/context.js";
import { silentLogger } from "../../../packages/stepwell/dist/kernel/logger.js";
import { openNode } from "../../../packages/stepwell/dist/node.js";

const BODY = "m".repeat(1024);
const BATCH = 10;
const LANES = 16;
const [folder, seconds] = process.argv.slice(2);
const node = await openNode({ data: join(folder, "data"), log: silentLogger });
await node.start();

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
  return node.operations.call(context, `sqs.${operation}`, input);
}

const entries = Array.from({ length: BATCH }, (_, i) => ({ Id: String(i), MessageBody: BODY }));

async function send(QueueUrl) {
  const { Successful } = await call("SendMessageBatch", { QueueUrl, Entries: entries });
  return Successful.length;
}

async function pass(QueueUrl) {
  await send(QueueUrl);
  const { Messages = [] } = await call("ReceiveMessage", { QueueUrl, MaxNumberOfMessages: BATCH });
  if (Messages.length === 0) return 0;
  const handles = Messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle }));
  const { Successful } = await call("DeleteMessageBatch", { QueueUrl, Entries: handles });
  return Successful.length;
}

/** Messages per second that `step` brings about. */
async function perSecond(step, forSeconds) {
  const start = performance.now();
  const until = start + forSeconds * 1000;
  let messages = 0;
  const lane = async () => {
    while (performance.now() < until) messages += await step();
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return (messages * 1000) / (performance.now() - start);
}

const queue = async (QueueName) => (await call("CreateQueue", { QueueName })).QueueUrl;
const [filled, passed] = [await queue("filled"), await queue("passed")];
await perSecond(() => pass(passed), 1);
const sent = await perSecond(() => send(filled), Number(seconds));
const through = await perSecond(() => pass(passed), Number(seconds));
await node.close();
console.log(`ready ${sent} ${through}`);
