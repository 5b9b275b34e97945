import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { FUNCTION_ARN, nowMs, startArrivals } from "../../lib/arrivals.mjs";
import { optionsAt } from "../../lib/aws.mjs";
import { atMost, judged } from "../../lib/bars.mjs";
import { forEach } from "../../lib/load.mjs";
import { probeDisk } from "../../lib/probe.mjs";
import { stopProcess } from "../../lib/processes.mjs";
import { median, percentile, summary } from "../../lib/statistics.mjs";

const RULES = 1_000;
const EVENTS = 100;
const PAUSE_MS = 20;

/** From PutEvents, called by AWS's client, to the handler of the target of the one rule of a thousand that matches. */
export const rules = {
  name: "rules",
  title: `${RULES} rules, one of which matches: PutEvents by AWS's client until the handler of its target starts, p50`,

  async measure({ rounds, folder, say }) {
    const server = await startArrivals(join(folder, "rules"));
    const events = new EventBridgeClient(optionsAt(server.url));
    const medians = [];
    const probes = [];
    try {
      await forEach(RULES, 8, async (i) => {
        const Rule = `rule-${i}`;
        const EventPattern = JSON.stringify({ source: ["bench"], detail: { shop: [`shop-${i}`] } });
        await events.send(new PutRuleCommand({ Name: Rule, EventPattern }));
        await events.send(new PutTargetsCommand({ Rule, Targets: [{ Id: "f", Arn: FUNCTION_ARN }] }));
      });
      for (let round = 0; round <= rounds; round++) {
        probes.push(probeDisk(folder, 200).perSecond);
        const sentMs = new Map();
        for (let i = 0; i < EVENTS; i++) {
          const id = `${round}-${i}`;
          const Detail = JSON.stringify({ id, shop: `shop-${(i * 37) % RULES}` });
          sentMs.set(id, nowMs());
          await events.send(
            new PutEventsCommand({ Entries: [{ Source: "bench", DetailType: "order", Detail }] }),
          );
          await sleep(PAUSE_MS);
        }
        const arrived = await server.all([...sentMs.keys()]);
        if (round === 0) continue;
        const latencies = [...sentMs].map(([id, atMs]) => arrived.get(id) - atMs);
        medians.push(median(latencies));
        say(
          `rules ${round}/${rounds}: p50 ${medians.at(-1).toFixed(1)} ms, ` +
            `p99 ${percentile(latencies, 0.99).toFixed(1)} ms`,
        );
      }
    } finally {
      events.destroy();
      await stopProcess(server.child);
    }
    const value = summary(medians);
    return { value, unit: "ms", digits: 1, probe: summary(probes), bar: judged(atMost(10, "ms"), { value }) };
  },
};
