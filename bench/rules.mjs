// How fast an event reaches a function when its bus has many rules: from PutEvents, over HTTP by AWS's client, to the
// handler's first line, and to the acknowledgement. One node on a file, one rule of so many matches.
//
//   npm run build && node bench/rules.mjs [rules] [events]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { silentLogger } from "../packages/stepwell/dist/kernel/logger.js";
import { makeZip } from "../packages/stepwell/dist/lambda/fixtures/zip.js";
import { openNode } from "../packages/stepwell/dist/node.js";
import { percentile } from "./lib/statistics.mjs";
import { nowMs } from "./lib/work.mjs";

const RULES = Number(process.argv[2] ?? 1000);
const EVENTS = Number(process.argv[3] ?? 300);
const WARM_UP = 50;
const ARN = "arn:aws:lambda:us-east-1:000000000000:function:reached";
const HANDLER =
  "export const handler = async (event) => console.log('reached', event.detail.n, Number(process.hrtime.bigint()) / 1e6);";

const folder = mkdtempSync(join(process.env.BENCH_FOLDER ?? tmpdir(), "stepwell-bench-"));
const waiting = new Map();
const node = await openNode({
  data: folder,
  log: silentLogger,
  onFunctionLog(lines) {
    for (const { message } of lines) {
      const [, n, atMs] = /reached (\d+) ([\d.]+)/.exec(message) ?? [];
      if (n) waiting.get(n)?.(Number(atMs));
    }
  },
});
const { url: endpoint } = await node.listen({ port: 0, host: "127.0.0.1" });
const credentials = { accessKeyId: "bench", secretAccessKey: "bench" };
const settings = { endpoint, region: "us-east-1", credentials };
const events = new EventBridgeClient(settings);
const lambda = new LambdaClient(settings);
try {
  await prepare();
  const samples = [];
  for (let n = 0; n < WARM_UP + EVENTS; n++) samples.push(await putOne(n));
  const measured = samples.slice(WARM_UP);
  for (const figure of ["acknowledgedMs", "reachedMs"]) {
    const all = measured.map((sample) => sample[figure]);
    const [p50, p99] = [percentile(all, 0.5), percentile(all, 0.99)].map((ms) => ms.toFixed(2));
    console.log(`${RULES} rules, ${EVENTS} events, ${figure}: p50 ${p50} ms, p99 ${p99} ms`);
  }
} finally {
  events.destroy();
  lambda.destroy();
  await node.close();
  rmSync(folder, { recursive: true, force: true });
}

async function prepare() {
  await lambda.send(
    new CreateFunctionCommand({
      ...{ FunctionName: "reached", Runtime: "nodejs22.x", Handler: "index.handler" },
      Role: "arn:aws:iam::000000000000:role/bench",
      Code: { ZipFile: makeZip([{ name: "index.mjs", content: HANDLER }]) },
    }),
  );
  for (let i = 0; i < RULES; i++) {
    const pattern = {
      source: ["bench"],
      detail: {
        kind: [{ prefix: `kind-${i}-` }],
        amount: [{ numeric: [">", 0, "<=", 100] }],
        "not-there": [{ exists: false }],
      },
    };
    const Name = `rule-${i}`;
    await events.send(new PutRuleCommand({ Name, EventPattern: JSON.stringify(pattern) }));
    await events.send(new PutTargetsCommand({ Rule: Name, Targets: [{ Id: "f", Arn: ARN }] }));
  }
}

async function putOne(n) {
  const Detail = JSON.stringify({
    n,
    kind: `kind-${n % RULES}-x`,
    amount: 1 + (n % 100),
    more: "x".repeat(900),
  });
  const reached = new Promise((resolve) => waiting.set(String(n), resolve));
  const startMs = nowMs();
  await events.send(new PutEventsCommand({ Entries: [{ Source: "bench", DetailType: "d", Detail }] }));
  const acknowledgedMs = nowMs() - startMs;
  return { acknowledgedMs, reachedMs: (await reached) - startMs };
}
