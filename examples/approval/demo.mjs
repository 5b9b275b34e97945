// Runs the approval workflow on a real `stepwell dev`, kills the server in the middle, starts it again, and shows
// from the workflow's own record that no completed step ran twice. Plays the people who approve. Needs no set-up:
//   npm run demo
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  GetDurableExecutionHistoryCommand,
  InvokeCommand,
  LambdaClient,
  ListDurableExecutionsByFunctionCommand,
  SendDurableExecutionCallbackSuccessCommand,
} from "@aws-sdk/client-lambda";

const APP = fileURLToPath(new URL(".", import.meta.url));
const BIN = fileURLToPath(new URL("../../packages/stepwell/bin/stepwell.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "stepwell-demo-"));
const record = join(folder, "record.txt");
const answered = new Set();
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** Starts the server; `crash` names the commit after which it kills itself, before it tells anyone. */
async function startServer(crash) {
  const env = { ...process.env, RECORD_FILE: record, ...(crash ? { STEPWELL_CRASH: crash } : {}) };
  const args = [BIN, "dev", APP, "--data", join(folder, "data"), "--port", "0"];
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const gone = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const [line] = await Promise.race([once(lines, "line"), gone.then(() => [stderr])]);
  const url = /^ready (\S+)/.exec(line)?.[1];
  if (!url) throw new Error(`The server did not start: ${line}`);
  console.log(`  ${line}`);
  const config = { endpoint: url, region: "us-east-1", maxAttempts: 1 };
  const client = new LambdaClient({
    ...config,
    credentials: { accessKeyId: "demo", secretAccessKey: "demo" },
  });
  return { url, client, child, gone, stderr: () => stderr };
}

async function history(client) {
  const listed = await client.send(new ListDurableExecutionsByFunctionCommand({ FunctionName: "approval" }));
  const DurableExecutionArn = listed.DurableExecutions?.[0]?.DurableExecutionArn;
  if (!DurableExecutionArn) return [];
  return (await client.send(new GetDurableExecutionHistoryCommand({ DurableExecutionArn, MaxItems: 1000 })))
    .Events;
}

/** Answers whatever the workflow asks for, until it has ended; rejects when the server goes away. */
async function playPeople(client) {
  for (;;) {
    const events = await history(client);
    if (events.at(-1)?.EventType.startsWith("Execution") && events.length > 1) return events;
    const names = new Map(events.map((event) => [event.Id, event.Name]));
    const done = new Set(
      events.filter((event) => event.EventType === "CallbackSucceeded").map((event) => event.Id),
    );
    for (const event of events) {
      if (event.EventType !== "CallbackStarted" || done.has(event.Id)) continue;
      const asked = event.Name ?? names.get(event.ParentId) ?? "a callback";
      const answer = asked === "ask for approval" ? { approved: true } : { command: asked, ok: true };
      const { CallbackId } = event.CallbackStartedDetails;
      await client.send(
        new SendDurableExecutionCallbackSuccessCommand({
          CallbackId,
          Result: Buffer.from(JSON.stringify(answer)),
        }),
      );
      answered.add(asked);
      console.log(`  answered "${asked}" with ${JSON.stringify(answer)}`);
    }
    await sleep(50);
  }
}

function showRecord(title) {
  const lines = readFileSync(record, "utf8").trim().split("\n");
  console.log(`\n${title}`);
  for (const line of lines) console.log(`  ${line}`);
  return lines;
}

console.log(
  "Starting stepwell dev with the approval workflow, set to kill itself between a commit and its answer:",
);
const first = await startServer("after-commit:journal.insert:4");
const invoke = new InvokeCommand({
  FunctionName: "approval",
  Qualifier: "$LATEST",
  InvocationType: "Event",
  DurableExecutionName: "demo",
  Payload: JSON.stringify({ title: "invoice-7" }),
});
const { DurableExecutionArn } = await first.client.send(invoke);
console.log(`  started ${DurableExecutionArn}`);
const early = await playPeople(first.client).catch(() => undefined);
if (early) throw new Error("The workflow ended before the server could be killed.");
await first.gone;
console.log(`  ${/crash: .*/.exec(first.stderr())?.[0]}`);
const before = showRecord("The server is gone (SIGKILL). What the workflow had done, by its own record:");

console.log("\nStarting it again on the same data:");
const second = await startServer();
const events = await playPeople(second.client);
console.log(`  ${events.at(-1).EventType}: ${events.at(-1).ExecutionSucceededDetails?.Result?.Payload}`);
console.log("");
spawnSync(process.execPath, [BIN, "executions", "show", "demo", "--endpoint", second.url], {
  stdio: "inherit",
});
const lines = showRecord("Everything the workflow did, by its own record:");
second.child.kill("SIGTERM");
await second.gone;

const expected = ["create invoice-7", "ask process-invoice-7", "complete process-invoice-7"];
expected.push("command one process-invoice-7", "command two process-invoice-7");
const twice = expected.filter((effect) => lines.filter((line) => line === effect).length !== 1);
const ended = events.at(-1).EventType === "ExecutionSucceeded";
const dense = events.every((event, index) => event.EventId === index + 1);
if (!ended || !dense || twice.length > 0 || before.length === lines.length) {
  console.error(
    `\nNot as it should be: ended ${ended}, history dense ${dense}, not run exactly once: ${twice}`,
  );
  process.exit(1);
}
console.log("\nEvery step ran exactly once, across a kill -9 in the middle.");
