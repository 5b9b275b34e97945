import type { Clock, Timer } from "../../kernel/clock.ts";
import { RealClock } from "../../kernel/clock.ts";
import { AwsError } from "../../kernel/errors.ts";
import type { InvocationReport, InvocationRequest, InvocationResult } from "./host.ts";
import type { InvocationLog } from "./invocation-log.ts";
import type { PortError } from "./protocol.ts";

/** Timeouts are real time even where the server's clock is virtual: they guard against code that does not return. */
const realClock = new RealClock();

/** An invocation that waits for an instance: what is to run, and who wants to know how it went. */
export interface WaitingInvocation {
  readonly request: InvocationRequest;
  readonly resolve: (report: InvocationReport) => void;
}

/** An invocation that an instance has been handed. It is settled once; what comes later is ignored. */
export class RunningInvocation {
  readonly waiting: WaitingInvocation;
  readonly log: InvocationLog;
  readonly #clock: Clock;
  readonly #startedAtMs: number;
  readonly #startedMonotonicMs: number;
  readonly #initMs: number | undefined;
  readonly #timer: Timer | undefined;
  #settled = false;

  constructor(
    waiting: WaitingInvocation,
    log: InvocationLog,
    clock: Clock,
    initMs: number | undefined,
    onTimeout: (() => void) | undefined,
  ) {
    this.waiting = waiting;
    this.log = log;
    this.#clock = clock;
    this.#startedAtMs = clock.now();
    this.#startedMonotonicMs = realClock.monotonicMs();
    this.#initMs = initMs;
    this.#timer = onTimeout && realClock.at(realClock.now() + waiting.request.code.timeoutMs, onTimeout);
    log.start();
  }

  get request(): InvocationRequest {
    return this.waiting.request;
  }

  /** Ends it; `memoryMb` is the most that its instance was seen to use. */
  settle(result: InvocationResult, memoryMb: number, status = ""): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#timer?.cancel();
    this.log.end(realClock.monotonicMs() - this.#startedMonotonicMs, memoryMb, this.#initMs, status);
    this.waiting.resolve({
      result,
      startedAtMs: this.#startedAtMs,
      endedAtMs: this.#clock.now(),
      logTail: this.log.tail(),
    });
  }

  /** Takes it back from an instance that ended before it began, so that another can have it. */
  withdraw(): void {
    this.#settled = true;
    this.#timer?.cancel();
  }
}

/** The report of an invocation that no instance was handed. */
export function notRun(result: InvocationResult, clock: Clock): InvocationReport {
  return { result, startedAtMs: clock.now(), endedAtMs: clock.now(), logTail: "" };
}

/** An error of the durable port as the handler's side needs it. */
export function portError(error: unknown): PortError {
  if (error instanceof AwsError) {
    return { name: error.code, message: error.message, httpStatus: error.httpStatus, fault: error.fault };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { name: "ServiceException", message, httpStatus: 500, fault: "server" };
}
