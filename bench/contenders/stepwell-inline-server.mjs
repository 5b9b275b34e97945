// A server of durable executions whose one function runs in its own thread. Argument: the folder for its data.
import { join } from "node:path";
import { DEFAULT_LIMITS } from "../../packages/stepwell/dist/durable/limits.js";
import { createDurableService } from "../../packages/stepwell/dist/durable/service.js";
import { RealClock } from "../../packages/stepwell/dist/kernel/clock.js";
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from "../../packages/stepwell/dist/kernel/context.js";
import { Dispatcher } from "../../packages/stepwell/dist/kernel/dispatcher.js";
import { RealIds } from "../../packages/stepwell/dist/kernel/ids.js";
import { silentLogger } from "../../packages/stepwell/dist/kernel/logger.js";
import { openNumbers } from "../../packages/stepwell/dist/kernel/numbers.js";
import { OperationTable } from "../../packages/stepwell/dist/kernel/operations.js";
import { validate } from "../../packages/stepwell/dist/kernel/schema/validate.js";
import { InlineHost } from "../../packages/stepwell/dist/lambda/host/inline.js";
import { openSqliteStore } from "../../packages/stepwell/dist/store/sqlite.js";
import { listen } from "../../packages/stepwell/dist/wire/listen.js";
import { createWire } from "../../packages/stepwell/dist/wire/wire.js";
import { handler } from "../apps/workloads/src/durable.ts";

const [folder] = process.argv.slice(2);
const log = silentLogger;
const owner = "bench";
const clock = new RealClock();
const ids = new RealIds(clock);
const store = await openSqliteStore({ folder: join(folder, "data"), clock, log });
const dispatcher = new Dispatcher({ store, clock, log, owner });
const host = new InlineHost({ clock });

const name = "durable";
const arn = `arn:aws:lambda:${DEFAULT_REGION}:${DEFAULT_ACCOUNT}:function:${name}`;
const fn = {
  account: DEFAULT_ACCOUNT,
  region: DEFAULT_REGION,
  name,
  arn,
  version: "$LATEST",
  durable: { executionTimeoutSeconds: 900, retentionDays: 1 },
};
const code = {
  functionArn: arn,
  functionName: name,
  version: fn.version,
  revision: "1",
  folder: import.meta.dirname,
  handler: "handler",
  memoryMb: 1024,
  timeoutMs: 60_000,
  environment: {},
  concurrency: 1,
  logGroup: `/aws/lambda/${name}`,
};
const functions = { find: async () => fn, resolve: async () => fn, code: async () => code };
host.define(arn, handler);

const nextNumber = await openNumbers(store, owner);
const services = { store, clock, ids, log, host, dispatcher, owner };
const durable = createDurableService({ ...services, functions, nextNumber, limits: DEFAULT_LIMITS });
const operations = new OperationTable(validate);
operations.add("lambda", { ...durable.operations, Invoke: invoke });
dispatcher.start();
const { url } = await listen(createWire({ operations, clock, ids, log }), {
  port: 0,
  host: "127.0.0.1",
  log,
});
console.log(`ready ${url}`);

/** Lambda's Invoke of the one function; the caller waits for the execution's end. */
async function invoke(context, { Payload }) {
  const payload = Buffer.from(Payload).toString();
  const { ended } = await durable.invoker.start(context, { fn, payload, synchronous: true });
  const { status, result, error } = await ended;
  if (status !== "SUCCEEDED") throw new Error(`The execution ended as ${status}: ${JSON.stringify(error)}`);
  return { StatusCode: 200, ExecutedVersion: fn.version, Payload: Buffer.from(result ?? "null") };
}
