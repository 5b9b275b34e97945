import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { atLeast, judged } from "../../lib/bars.mjs";
import { probeDisk } from "../../lib/probe.mjs";
import { startProcess, stopProcess, waitForOutput } from "../../lib/processes.mjs";
import { summary } from "../../lib/statistics.mjs";

const SERVER = fileURLToPath(new URL("./sqs-inside-server.mjs", import.meta.url));

/** What SQS does when it is called in process: every message durable when it is acknowledged. */
export const sqsInside = {
  name: "sqs-inside",
  title: "SQS in process, 1 KB messages in batches of 10",

  async measure({ rounds, seconds, folder, say }) {
    const sent = [];
    const through = [];
    const probes = [];
    for (let round = 1; round <= rounds; round++) {
      probes.push(probeDisk(folder, 200).perSecond);
      const own = join(folder, `sqs-inside-${round}`);
      mkdirSync(own, { recursive: true });
      const logFile = join(own, "log");
      const args = [SERVER, own, String(seconds)];
      const child = startProcess(process.execPath, args, { cwd: own, env: process.env, logFile });
      const [, first, second] = await waitForOutput(child, /^ready (\S+) (\S+)/m, logFile);
      await stopProcess(child);
      sent.push(Number(first));
      through.push(Number(second));
      say(
        `sqs-inside ${round}/${rounds}: ${sent.at(-1).toFixed(0)} sent/s, ${through.at(-1).toFixed(0)} through/s`,
      );
    }
    return [figure("sent", sent, 20_000), figure("sent, received and deleted", through, 8_000)].map(
      (one) => ({
        ...one,
        probe: summary(probes),
      }),
    );
  },
};

function figure(what, rates, least) {
  const value = summary(rates);
  return {
    title: `SQS in process, 1 KB messages in batches of 10, ${what}`,
    value,
    unit: "messages/s",
    bar: judged(atLeast(least, "messages/s"), { value }),
  };
}
