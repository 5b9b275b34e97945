// The processor time that the server spends on a request, against an empty node:http server in the same run.
// npx tsc -b && node bench/wire.mjs [requests]
import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";

const CONNECTIONS = 16;
const WARM_UP_REQUESTS = 5_000;
const ROUNDS = 3;

const ARN = encodeURIComponent(
  "arn:aws:lambda:us-east-1:000000000000:function:greet:1/durable-execution/order-1/0b9c8d7e",
);
const UPDATES = Array.from({ length: 4 }, (_, i) => ({
  Id: `0123456789abcde${i}`,
  Type: "STEP",
  SubType: "Step",
  Action: "SUCCEED",
  Name: "charge-card",
  Payload: JSON.stringify({ orderId: "order-1", amount: 42, status: "charged" }),
}));

const CASES = {
  "empty node:http": ["empty", "/", '{"orderId":"order-1"}'],
  health: ["wire", "/_stepwell/health", ""],
  Invoke: ["wire", "/2015-03-31/functions/greet/invocations", '{"orderId":"order-1"}'],
  "CheckpointDurableExecution, 4 updates": [
    "wire",
    `/2025-12-01/durable-executions/${ARN}/checkpoint`,
    JSON.stringify({ CheckpointToken: "dDE=", Updates: UPDATES }),
  ],
};

if (process.send) await serve(process.argv[2]);
else await measure(Number(process.argv[2] ?? 30_000));

async function measure(requests) {
  const servers = { empty: await start("empty"), wire: await start("wire") };
  const best = {};
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, [server, path, body]] of Object.entries(CASES)) {
      await load(servers[server].port, path, body, WARM_UP_REQUESTS);
      const before = await servers[server].cpuUs();
      await load(servers[server].port, path, body, requests);
      const us = ((await servers[server].cpuUs()) - before) / requests;
      best[name] = Math.min(best[name] ?? Number.POSITIVE_INFINITY, us);
    }
  }
  const base = best["empty node:http"];
  for (const [name, us] of Object.entries(best)) {
    console.log(`${name.padEnd(40)} ${us.toFixed(1).padStart(7)} us CPU/request  ${(us / base).toFixed(2)}x`);
  }
  for (const { child } of Object.values(servers)) child.disconnect();
}

async function start(kind) {
  const child = fork(new URL(import.meta.url), [kind]);
  const [port] = await once(child, "message");
  const cpuUs = async () => {
    child.send("usage");
    const [us] = await once(child, "message");
    return us;
  };
  return { child, port, cpuUs };
}

async function serve(kind) {
  const port = kind === "empty" ? await serveEmpty() : await serveWire();
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send(user + system);
  });
  process.on("disconnect", () => process.exit());
  process.send(port);
}

async function serveEmpty() {
  const server = createServer((request, response) => {
    request.resume().on("end", () => response.end("{}"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server.address().port;
}

async function serveWire() {
  const dist = new URL("../packages/stepwell/dist/", import.meta.url);
  const load = (file) => import(new URL(file, dist));
  const { RealClock } = await load("kernel/clock.js");
  const { RealIds } = await load("kernel/ids.js");
  const { silentLogger: log } = await load("kernel/logger.js");
  const { OperationTable } = await load("kernel/operations.js");
  const { validate } = await load("kernel/schema/validate.js");
  const { createWire } = await load("wire/wire.js");
  const { listen } = await load("wire/listen.js");
  const clock = new RealClock();
  const operations = new OperationTable(validate);
  operations.add("lambda", {
    Invoke: async (_context, input) => ({
      StatusCode: 200,
      Payload: input.Payload,
      ExecutedVersion: "$LATEST",
    }),
    CheckpointDurableExecution: async () => ({
      CheckpointToken: "dDI=",
      NewExecutionState: { Operations: [] },
    }),
  });
  const handle = createWire({ operations, clock, ids: new RealIds(clock), log });
  return (await listen(handle, { port: 0, host: "127.0.0.1", log })).port;
}

/** One request at a time on each connection, as AWS's clients send them. */
async function load(port, path, body, requests) {
  const head =
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\n` +
    `content-length: ${Buffer.byteLength(body)}\r\nx-amz-date: 20300101T000000Z\r\n` +
    "amz-sdk-invocation-id: 0b9c8d7e-0b9c-4d7e-8b9c-0b9c8d7e0b9c\r\namz-sdk-request: attempt=1; max=3\r\n" +
    "authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20300101/us-east-1/lambda/aws4_request, " +
    `SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}\r\n\r\n`;
  const message = Buffer.from(head + body);
  await Promise.all(
    Array.from({ length: CONNECTIONS }, (_, i) => {
      const share = Math.floor(requests / CONNECTIONS) + (i < requests % CONNECTIONS ? 1 : 0);
      return drive(port, message, share);
    }),
  );
}

function drive(port, message, requests) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let left = requests;
    let pending = "";
    socket.on("error", reject);
    socket.on("connect", () => socket.write(message));
    socket.on("data", (chunk) => {
      pending += chunk.toString("latin1");
      const end = responseEnd(pending);
      if (end === undefined || pending.length < end) return;
      if (!pending.startsWith("HTTP/1.1 200")) reject(new Error(pending));
      pending = pending.slice(end);
      if (--left > 0) socket.write(message);
      else socket.end(resolve);
    });
  });
}

function responseEnd(text) {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  return headEnd + 4 + Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
}
