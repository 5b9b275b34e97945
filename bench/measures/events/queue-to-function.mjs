import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CreateEventSourceMappingCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { FUNCTION_ARN, nowMs, startArrivals } from "../../lib/arrivals.mjs";
import { optionsAt } from "../../lib/aws.mjs";
import { atMost, judged } from "../../lib/bars.mjs";
import { probeDisk } from "../../lib/probe.mjs";
import { stopProcess } from "../../lib/processes.mjs";
import { median, percentile, summary } from "../../lib/statistics.mjs";

const MESSAGES = 100;
const PAUSE_MS = 20;

/** From SendMessage, called by AWS's client, to the first line of the handler of a mapped function. */
export const queueToFunction = {
  name: "queue-to-function",
  title: "SendMessage by AWS's client until the handler starts, no batching window: p50",

  async measure({ rounds, folder, say }) {
    const server = await startArrivals(join(folder, "queue-to-function"));
    const sqs = new SQSClient(optionsAt(server.url));
    const lambda = new LambdaClient(optionsAt(server.url));
    const medians = [];
    const probes = [];
    try {
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "orders" }));
      const EventSourceArn = "arn:aws:sqs:us-east-1:000000000000:orders";
      const mapping = { EventSourceArn, FunctionName: FUNCTION_ARN, BatchSize: 10 };
      await lambda.send(new CreateEventSourceMappingCommand(mapping));
      for (let round = 0; round <= rounds; round++) {
        probes.push(probeDisk(folder, 200).perSecond);
        const sentMs = new Map();
        for (let i = 0; i < MESSAGES; i++) {
          const id = `${round}-${i}`;
          sentMs.set(id, nowMs());
          await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: `${id} order` }));
          await sleep(PAUSE_MS);
        }
        const arrived = await server.all([...sentMs.keys()]);
        const latencies = [...sentMs].map(([id, atMs]) => arrived.get(id) - atMs);
        // The first round warms up.
        if (round === 0) continue;
        medians.push(median(latencies));
        say(
          `queue-to-function ${round}/${rounds}: p50 ${medians.at(-1).toFixed(1)} ms, ` +
            `p99 ${percentile(latencies, 0.99).toFixed(1)} ms`,
        );
      }
    } finally {
      for (const client of [sqs, lambda]) client.destroy();
      await stopProcess(server.child);
    }
    const value = summary(medians);
    return { value, unit: "ms", digits: 1, probe: summary(probes), bar: judged(atMost(10, "ms"), { value }) };
  },
};
