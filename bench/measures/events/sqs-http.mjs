import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { startServer, startStepwell } from "../../contenders/stepwell-process.mjs";
import { optionsAt } from "../../lib/aws.mjs";
import { atLeast, judged } from "../../lib/bars.mjs";
import { drive } from "../../lib/load.mjs";
import { probeDisk } from "../../lib/probe.mjs";
import { stopProcess } from "../../lib/processes.mjs";
import { summary } from "../../lib/statistics.mjs";

const EMPTY_APP = fileURLToPath(new URL("../../apps/empty", import.meta.url));
const RESPONDER = fileURLToPath(new URL("./empty-responder.mjs", import.meta.url));
const BODY = "m".repeat(1024);
const LANES = 16;
/** Until both servers and the client have been compiled. */
const WARM_UP_SECONDS = 6;

/** Send, receive and delete by AWS's client: at Stepwell, and at a server that answers without doing anything. */
export const sqsHttp = {
  name: "sqs-http",
  title: `SQS by AWS's client, ${LANES} at a time: send, receive, delete of 1 KB, as a share of what the client can do`,

  async measure({ rounds, seconds, folder, say }) {
    const stepwell = await startServer({ app: EMPTY_APP, folder: join(folder, "sqs-http") });
    const responder = await startStepwell([RESPONDER, BODY], { folder: join(folder, "responder") });
    const shares = [];
    const probes = [];
    let best = "";
    try {
      const ours = await laneAt(stepwell.url);
      const ceiling = await laneAt(responder.url, `${responder.url}/000000000000/bench`);
      for (const { call } of [ours, ceiling]) await drive(LANES, WARM_UP_SECONDS, call);
      for (let round = 1; round <= rounds; round++) {
        probes.push(probeDisk(folder, 200).perSecond);
        const order = round % 2 ? [ours, ceiling] : [ceiling, ours];
        const perSecond = new Map();
        for (const lane of order) perSecond.set(lane, (await drive(LANES, seconds, lane.call)).perSecond);
        shares.push((100 * perSecond.get(ours)) / perSecond.get(ceiling));
        best = `${perSecond.get(ours).toFixed(0)} of ${perSecond.get(ceiling).toFixed(0)} rounds/s`;
        say(`sqs-http ${round}/${rounds}: ${shares.at(-1).toFixed(0)} % (${best})`);
      }
      for (const { client } of [ours, ceiling]) client.destroy();
    } finally {
      await Promise.all([stopProcess(stepwell.child), stopProcess(responder.child)]);
    }
    const value = summary(shares);
    const unit = `% (last round: ${best})`;
    return { value, unit, probe: summary(probes), bar: judged(atLeast(90, "%"), { value }) };
  },
};

/** One lane sends a message, receives one and deletes that. */
async function laneAt(endpoint, known) {
  const client = new SQSClient(optionsAt(endpoint));
  const QueueUrl = known ?? (await client.send(new CreateQueueCommand({ QueueName: "bench" }))).QueueUrl;
  const call = async () => {
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: BODY }));
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl }));
    for (const { ReceiptHandle } of Messages) {
      await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  };
  return { client, call };
}
