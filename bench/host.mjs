// What the worker host costs: warm invocations, checkpoints, cold starts, an idle child's memory. The floor is the
// machine's own in the same run: 500 bytes there and back over a unix socket between two processes.
// Run after `npm run build`: node bench/host.mjs
import { execFileSync, fork } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { WorkerHost } from "../packages/stepwell/dist/lambda/host/worker-host.js";

const SECONDS = 2;
if (process.argv[2] === "echo") await echo(process.argv[3]);
const payload = JSON.stringify({ text: "x".repeat(480) });
const folder = mkdtempSync(join(tmpdir(), "stepwell-bench-"));
writeFileSync(join(folder, "echo.mjs"), "export const handler = async (event) => event;");
writeFileSync(
  join(folder, "checkpoints.mjs"),
  `const PORT = Symbol.for("stepwell.durable.port");
   export const handler = async (event) => {
     const { seconds, lanes, payload } = JSON.parse(event.InitialExecutionState.Operations[0].ExecutionDetails.InputPayload);
     const port = event[PORT];
     const until = performance.now() + seconds * 1000;
     let done = 0;
     const lane = async () => {
       while (performance.now() < until) {
         await port.checkpoint({
           DurableExecutionArn: event.DurableExecutionArn,
           CheckpointToken: "token",
           Updates: [{ Id: "a", Type: "STEP", Action: "SUCCEED", Payload: payload }],
         });
         done++;
       }
     };
     await Promise.all(Array.from({ length: lanes }, lane));
     return { Status: "SUCCEEDED", Result: String(done) };
   };`,
);

function code(handler, concurrency = 1) {
  const functionName = handler.split(".")[0];
  return {
    functionArn: `arn:aws:lambda:us-east-1:000000000000:function:${functionName}`,
    functionName,
    version: "$LATEST",
    revision: `${handler}-${concurrency}`,
    folder,
    handler,
    memoryMb: 128,
    timeoutMs: 60_000,
    concurrency,
    environment: {},
    logGroup: `/aws/lambda/${functionName}`,
  };
}

let requests = 0;
async function invoke(host, functionCode, event) {
  const { result } = await host.invoke({
    code: functionCode,
    requestId: `request-${requests++}`,
    invokedFunctionArn: functionCode.functionArn,
    event,
    synchronous: true,
  });
  if (!result.ok) throw new Error(`${result.error.errorType}: ${result.error.errorMessage}`);
  return result.payload;
}

async function invocationsPerSecond(lanes) {
  const host = new WorkerHost({ log: () => {} });
  const functionCode = code("echo.handler", lanes);
  await invoke(host, functionCode, { json: payload });
  const until = performance.now() + SECONDS * 1000;
  let done = 0;
  const lane = async () => {
    while (performance.now() < until) {
      await invoke(host, functionCode, { json: payload });
      done++;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  await host.close();
  return done / SECONDS;
}

async function checkpointsPerSecond(lanes) {
  const host = new WorkerHost({ log: () => {} });
  const reply = { CheckpointToken: "token", NewExecutionState: { Operations: [operation(payload)] } };
  const port = { checkpoint: async () => reply, getState: async () => reply.NewExecutionState };
  const input = JSON.stringify({ seconds: SECONDS, lanes, payload });
  const durable = {
    DurableExecutionArn: "arn",
    CheckpointToken: "token",
    InitialExecutionState: { Operations: [{ ...operation(), ExecutionDetails: { InputPayload: input } }] },
  };
  const output = JSON.parse(await invoke(host, code("checkpoints.handler"), { durable, port }));
  await host.close();
  return Number(output.Result) / SECONDS;
}

function operation(result) {
  return { Id: "a", Type: "STEP", Status: "SUCCEEDED", StartTimestamp: 0, StepDetails: { Result: result } };
}

/** The other end of the floor: sends back what it gets. */
async function echo(path) {
  const socket = connect(path);
  socket.on("data", (chunk) => socket.write(chunk));
  await new Promise((resolve) => socket.on("close", resolve));
  process.exit();
}

async function floorPerSecond() {
  const path = join(folder, "floor");
  let done = 0;
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", () => {
      done++;
      socket.write(payload);
    });
    socket.write(payload);
  }).listen(path);
  const other = fork(fileURLToPath(import.meta.url), ["echo", path]);
  await new Promise((resolve) => server.once("connection", resolve));
  done = 0;
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
  other.kill();
  server.close();
  return done / SECONDS;
}

async function coldStart() {
  const firsts = [];
  const seconds = [];
  for (let i = 0; i < 5; i++) {
    const host = new WorkerHost();
    const start = performance.now();
    await invoke(host, code("echo.handler"), { json: payload });
    const middle = performance.now();
    await invoke(host, { ...code("echo.handler"), revision: "second" }, { json: payload });
    firsts.push(middle - start);
    seconds.push(performance.now() - middle);
    await host.close();
  }
  return { processMs: median(firsts), threadMs: median(seconds) };
}

async function idleMemory(options) {
  const host = new WorkerHost(options);
  await invoke(host, code("echo.handler"), { json: payload });
  await new Promise((resolve) => setTimeout(resolve, 500));
  const mb = childrenOf(process.pid).map(rssMb);
  await host.close();
  return mb;
}

function childrenOf(pid) {
  if (process.platform !== "linux") {
    return execFileSync("pgrep", ["-P", String(pid)], { encoding: "utf8" })
      .trim()
      .split("\n")
      .map(Number);
  }
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => parentOf(child) === pid);
}

function parentOf(pid) {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ")[1]);
  } catch {
    return undefined;
  }
}

function rssMb(pid) {
  const kb = Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" }));
  return Math.round(kb / 102.4) / 10;
}

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

const rate = (value) => `${Math.round(value).toLocaleString("en")}/s`;
console.log(`node ${process.version}`);
console.log(`idle child with one instance   ${(await idleMemory()).join(", ")} MB`);
const cold = await coldStart();
console.log(`cold start, new process        ${cold.processMs.toFixed(1)} ms`);
console.log(`cold start, new thread         ${cold.threadMs.toFixed(1)} ms`);
for (const lanes of [1, 50]) {
  const floor = await floorPerSecond();
  const line = (what, value) =>
    console.log(
      `${what}, ${String(lanes).padStart(2)} at once`.padEnd(30),
      rate(value),
      `${(value / floor).toFixed(2)} x floor`,
    );
  console.log("floor".padEnd(30), rate(floor));
  line("warm invocations", await invocationsPerSecond(lanes));
  line("checkpoints", await checkpointsPerSecond(lanes));
}
rmSync(folder, { recursive: true });
