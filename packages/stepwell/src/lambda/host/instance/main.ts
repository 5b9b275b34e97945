import { flushCompileCache } from "node:module";
import { workerData } from "node:worker_threads";
import { RealClock } from "../../../kernel/clock.ts";
import type { InstanceData, InvokeMessage, ResponseChunk } from "../protocol.ts";
import { answer, callHandler, failure, type HandlerCall } from "./call-handler.ts";
import { OutputCapture } from "./capture-output.ts";
import { DurableExecutionInvocationInputWithClient } from "./durable-event.ts";
import { functionError, unhandledRejection } from "./function-error.ts";
import { InvocationPort } from "./invocation-port.ts";
import { currentScope, InvocationScope, runInScope } from "./invocation-scope.ts";
import { type Handler, loadHandler } from "./load-handler.ts";
import { MemoryUse } from "./memory-use.ts";
import { provideOtherModules } from "./module-fallback.ts";
import { buffered, isStreaming } from "./response-stream.ts";
import { ServerLink } from "./server-link.ts";
import { shiftDate } from "./shifted-date.ts";

/** The entry of an instance's thread: loads the handler once, then runs it for every invocation that is handed over. */

const { setup, shared } = workerData as InstanceData;
const clock = new RealClock();
const memory = new MemoryUse(clock);
/** Undefined until the handler has returned from its first synchronous part. */
const running = new Map<number, HandlerCall | undefined>();
const ports = new Map<number, InvocationPort>();
const link = new ServerLink(
  setup,
  shared,
  (message) => void invoke(message),
  (id) => ports.get(id)?.news(),
);
const output = new OutputCapture(clock, (scope, text) =>
  link.sendNow({ kind: "log", id: scope.id, requestId: scope.requestId, text }),
);
let handler: Handler | undefined;
let traceId: string | undefined;
let dying = false;

delete process.env.NODE_COMPILE_CACHE;
provideOtherModules();
output.install(process.env);
process.on("exit", () => link.flush());
process.on("beforeExit", () => {
  for (const call of running.values()) call?.loopEmptied();
});
process.on("uncaughtException", (error) => die("Uncaught Exception", error, 129));
process.on("unhandledRejection", (reason) => {
  die("Unhandled Promise Rejection", unhandledRejection(reason, currentScope().executionArn), 128);
});

try {
  handler = await loadHandler(setup.folder, setup.handler);
  link.sendNow({ kind: "loaded" });
  // Node would write it when the thread ends, but threads end with their process and that is killed.
  flushCompileCache();
} catch (error) {
  die("Uncaught Exception", error, 1);
}

async function invoke(message: InvokeMessage): Promise<void> {
  // Not begun, it will be run elsewhere.
  if (dying) return;
  const { id, event } = message;
  link.begin(id);
  shiftDate(message.dateOffsetMs);
  setTraceId(message.traceId);
  const executionArn = "json" in event ? undefined : event.durable.DurableExecutionArn;
  const scope = new InvocationScope(id, message.requestId, message.tenantId, executionArn);
  running.set(id, undefined);
  link.running = running.size;
  const abilities = "durable" in event ? event.port : { leaves: false };
  const port = new InvocationPort((call) => link.call(id, call), abilities);
  ports.set(id, port);
  const outcome = await runInScope(scope, async () => {
    try {
      const input =
        "json" in event
          ? JSON.parse(event.json)
          : new DurableExecutionInvocationInputWithClient(event.durable, port);
      const send = (request: ResponseChunk) => link.call(id, { kind: "chunk", request });
      const call = callHandler(isStreaming(handler!) ? buffered(handler!, send) : handler!, input, {
        identity: setup,
        invocation: message,
        // Not the time of day, which may be shifted under way.
        nowMs: () => clock.monotonicMs(),
        watchesLoop: true,
      });
      running.set(id, call);
      return answer(await call.answered);
    } catch (error) {
      output.error("Invoke Error", error);
      return failure(error);
    }
  });
  port.cut();
  ports.delete(id);
  running.delete(id);
  link.running = running.size;
  const { droppedLogBytes } = scope;
  link.send({ kind: "result", id, outcome, last: port.last, memoryMb: memory.mb(), droppedLogBytes });
}

/** A changed environment is expensive, so it is changed only when it must be. */
function setTraceId(next: string | undefined): void {
  if (next === traceId) return;
  traceId = next;
  if (next === undefined) delete process.env._X_AMZN_TRACE_ID;
  else process.env._X_AMZN_TRACE_ID = next;
}

/** Ends this instance with an error that no handler call can be held to account for alone. */
function die(what: string, error: unknown, exitCode: number): void {
  if (dying) return;
  dying = true;
  output.error(what, error);
  if (handler) link.sendNow({ kind: "fatal", ids: [...running.keys()], error: functionError(error) });
  else link.sendNow({ kind: "loadFailed", error: functionError(error) });
  link.exit(exitCode);
}
