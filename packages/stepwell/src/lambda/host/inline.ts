import { type Clock, RealClock, type Timer } from "../../kernel/clock.ts";
import type {
  Host,
  InvocationReport,
  InvocationRequest,
  InvocationResult,
  LogLine,
  LogSink,
} from "./host.ts";
import { withOutputTo } from "./inline-output.ts";
import { untilRejection } from "./inline-rejections.ts";
import { answer, callHandler, failure } from "./instance/call-handler.ts";
import { DurableExecutionInvocationInputWithClient } from "./instance/durable-event.ts";
import { isUnhandledRejection, loggedError } from "./instance/function-error.ts";
import { InvocationPort, type PortCall } from "./instance/invocation-port.ts";
import type { Handler } from "./instance/load-handler.ts";
import { buffered, isStreaming } from "./instance/response-stream.ts";
import { InvocationLog } from "./invocation-log.ts";
import { abilitiesOf } from "./port-calls.ts";
import { PortFailure, portError } from "./port-error.ts";
import type { ResponseChunk } from "./protocol.ts";
import { notRun, RunningInvocation } from "./running-invocation.ts";
import { broken, lost } from "./runtime-errors.ts";

/** A handler as a test or an embedder writes it, with event and context types of its own. */
export type InlineHandler = (event: never, context: never, callback: never) => unknown;

export interface InlineHostOptions {
  readonly clock?: Clock;
  /** Timeouts are by this clock, `clock` by default: on a virtual one they come when it is moved. */
  readonly timeoutClock?: Clock;
  readonly log?: LogSink;
}

const CLOSED =
  "The host was closed while this invocation was waiting or running. Start it again on a running server.";
const LOG_STREAM = "inline";

/**
 * Runs functions that are values of this very process, so that a test's mocks reach into them. Results and errors have
 * the same shapes as from worker threads. What handlers print is logged, each invocation's apart, and printed as well.
 * Nothing is isolated: `process.env` and `Date` are the process's own, and a handler that blocks blocks everything.
 */
export class InlineHost implements Host {
  readonly #clock: Clock;
  readonly #timeoutClock: Clock;
  readonly #log: LogSink;
  readonly #handlers = new Map<string, Handler>();
  readonly #running = new Set<RunningInvocation>();
  #closing = false;
  #onQuiet: (() => void) | undefined;

  constructor(options: InlineHostOptions = {}) {
    this.#clock = options.clock ?? new RealClock();
    this.#timeoutClock = options.timeoutClock ?? this.#clock;
    this.#log = options.log ?? (() => {});
  }

  /** Says what runs when the function with this ARN (without a qualifier) is invoked; replaces what did so before. */
  define(functionArn: string, handler: InlineHandler): void {
    this.#handlers.set(functionArn, handler as Handler);
  }

  invoke(request: InvocationRequest): Promise<InvocationReport> {
    return new Promise((resolve) => {
      if (this.#closing) return resolve(notRun(lost(CLOSED), this.#clock));
      void this.#run(request, resolve);
    });
  }

  async close(graceMs = 0): Promise<void> {
    this.#closing = true;
    const realClock = new RealClock();
    const graceOver = new Promise<void>((resolve) => {
      this.#onQuiet = resolve;
      realClock.at(realClock.now() + graceMs, resolve);
    });
    if (this.#running.size > 0) await graceOver;
    for (const invocation of this.#running) this.#settle(invocation, lost(CLOSED));
  }

  async #run(request: InvocationRequest, resolve: (report: InvocationReport) => void): Promise<void> {
    const { code } = request;
    const deliver = (line: LogLine) => this.#log([line]);
    const log = new InvocationLog(request, LOG_STREAM, this.#clock, deliver);
    const port = this.#portOf(request);
    const timer: Timer = this.#timeoutClock.at(this.#timeoutClock.now() + code.timeoutMs, () => {
      port.cut();
      this.#running.delete(invocation);
      invocation.timeOut(0);
    });
    const invocation = new RunningInvocation({ request, resolve }, log, this.#clock, undefined, timer);
    this.#running.add(invocation);
    if ("port" in request.event) request.event.port.onNews?.(() => port.news());
    request.onStart?.();
    const send = (chunk: ResponseChunk) => invocation.stream(chunk);
    const result = await this.#call(request, port, log, send);
    port.cut();
    this.#settle(invocation, invocation.withStreamed(result));
  }

  async #call(
    request: InvocationRequest,
    port: InvocationPort,
    log: InvocationLog,
    send: (chunk: ResponseChunk) => Promise<void>,
  ): Promise<InvocationResult> {
    const { code, event } = request;
    const handler = this.#handlers.get(code.functionArn);
    if (!handler) {
      const errorMessage = `No handler is defined for ${code.functionArn}: define it on the InlineHost before it is invoked.`;
      return broken({ errorType: "Runtime.HandlerNotFound", errorMessage });
    }
    try {
      const input =
        "json" in event
          ? JSON.parse(event.json)
          : new DurableExecutionInvocationInputWithClient(copy(event.durable), port);
      const output = {
        line: (level: string, message: string) => log.write(this.#line(request, level, message)),
        text: (text: string) => log.write(text),
      };
      const executionArn = "durable" in event ? event.durable.DurableExecutionArn : undefined;
      const call = (): Promise<unknown> =>
        withOutputTo(output, () =>
          callHandler(isStreaming(handler) ? buffered(handler, send) : handler, input, {
            identity: { ...code, logStream: LOG_STREAM },
            invocation: { ...request, timeoutMs: code.timeoutMs },
            nowMs: () => this.#timeoutClock.now(),
            watchesLoop: false,
          }),
        ).answered;
      const answered = await untilRejection(call, executionArn);
      if (port.last && "port" in event) event.port.leave?.(copy(port.last));
      return answer(answered);
    } catch (error) {
      const what = isUnhandledRejection(error) ? "Unhandled Promise Rejection" : "Invoke Error";
      log.write(this.#line(request, "ERROR", `${what} ${loggedError(error)}`));
      return failure(error);
    }
  }

  /** As AWS's runtimes write it: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html. */
  #line({ requestId }: InvocationRequest, level: string, message: string): string {
    return `${new Date(this.#clock.now()).toISOString()}\t${requestId}\t${level}\t${message}\n`;
  }

  /** The service's port behind the same copies and errors that a connection would make of it. */
  #portOf({ event }: InvocationRequest): InvocationPort {
    const abilities = "port" in event ? abilitiesOf(event.port) : { leaves: false };
    const options = { ...abilities, nowMs: () => this.#clock.now() };
    return new InvocationPort(async ({ kind, request }: PortCall) => {
      if (!("port" in event)) return undefined;
      try {
        return copy(await event.port[kind](copy(request) as never));
      } catch (error) {
        throw new PortFailure(portError(error));
      }
    }, options);
  }

  #settle(invocation: RunningInvocation, result: InvocationResult): void {
    this.#running.delete(invocation);
    invocation.settle(result, 0);
    if (this.#running.size === 0) this.#onQuiet?.();
  }
}

function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
