import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateEventSourceMappingCommand,
  LambdaClient,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import { CreateQueueCommand, SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { FUNCTION_ARN, startArrivals } from "../../lib/arrivals.mjs";
import { optionsAt } from "../../lib/aws.mjs";
import { atMost, judged } from "../../lib/bars.mjs";
import { forEach } from "../../lib/load.mjs";
import { memoryMib, stopProcess } from "../../lib/processes.mjs";
import { summary } from "../../lib/statistics.mjs";

const MESSAGES = 100_000;
const BATCH = 10;
const LOOK_MS = 500;

/** A long queue that a function empties: whether the server's memory grows while it does. */
export const drain = {
  name: "drain",
  title: `${MESSAGES} queued messages drained by a function: growth of the server's memory after the first tenth`,

  async measure({ folder, say }) {
    const server = await startArrivals(join(folder, "drain"));
    const sqs = new SQSClient(optionsAt(server.url));
    const lambda = new LambdaClient(optionsAt(server.url));
    try {
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "backlog" }));
      const EventSourceArn = "arn:aws:sqs:us-east-1:000000000000:backlog";
      const mapping = { EventSourceArn, FunctionName: FUNCTION_ARN, BatchSize: BATCH, Enabled: false };
      const { UUID } = await lambda.send(new CreateEventSourceMappingCommand(mapping));
      await forEach(MESSAGES / BATCH, 16, async (i) => {
        const Entries = Array.from({ length: BATCH }, (_, n) => ({ Id: `${n}`, MessageBody: `${i}-${n} m` }));
        await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
      });
      say("drain: all messages are queued");
      const start = performance.now();
      await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
      let early = 0;
      let later = 0;
      for (let arrived = 0; arrived < MESSAGES; ) {
        await sleep(LOOK_MS);
        arrived = server.read().size;
        const { pssMib } = memoryMib(server.child.pid);
        if (arrived < MESSAGES / 10) early = Math.max(early, pssMib);
        else later = Math.max(later, pssMib);
        say(`drain: ${arrived} of ${MESSAGES}, ${pssMib.toFixed(0)} MiB`);
      }
      const perSecond = (MESSAGES * 1000) / (performance.now() - start);
      const value = summary([later / early]);
      const unit = `times (${early.toFixed(0)} to ${later.toFixed(0)} MiB, ${perSecond.toFixed(0)} messages/s)`;
      return { value, unit, digits: 2, bar: judged(atMost(1.3, "times"), { value }) };
    } finally {
      for (const client of [sqs, lambda]) client.destroy();
      await stopProcess(server.child);
    }
  },
};
