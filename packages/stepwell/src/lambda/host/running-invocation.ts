import type { Clock, Timer } from "../../kernel/clock.ts";
import type { InvocationReport, InvocationRequest, InvocationResult } from "./host.ts";
import type { InvocationLog } from "./invocation-log.ts";
import type { ResponseChunk } from "./protocol.ts";
import {
  broken,
  LARGEST_RESPONSE_BYTES,
  RESPONSE_TOO_LARGE,
  timedOut,
  timeoutText,
} from "./runtime-errors.ts";

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
  readonly #streamed: Uint8Array[] = [];
  #streamedBytes = 0;
  #settled = false;

  /** `initMs`: how long its instance took to start, if for it; `timer`: what ends it when it takes too long. */
  constructor(
    waiting: WaitingInvocation,
    log: InvocationLog,
    clock: Clock,
    initMs: number | undefined,
    timer: Timer | undefined,
  ) {
    this.waiting = waiting;
    this.log = log;
    this.#clock = clock;
    this.#startedAtMs = clock.now();
    this.#startedMonotonicMs = clock.monotonicMs();
    this.#initMs = initMs;
    this.#timer = timer;
    log.start();
  }

  get request(): InvocationRequest {
    return this.waiting.request;
  }

  /** Passes on a part of its response; resolves when the next may come. Never rejects. */
  async stream({ base64, contentType }: ResponseChunk): Promise<void> {
    const chunk = Buffer.from(base64, "base64");
    this.#streamedBytes += chunk.length;
    const { onChunk } = this.request;
    if (onChunk) await onChunk(chunk, contentType).catch(() => {});
    else if (this.#streamedBytes <= LARGEST_RESPONSE_BYTES) this.#streamed.push(chunk);
  }

  /** Its outcome, of which what nobody took as it was written is the payload. */
  withStreamed(outcome: InvocationResult): InvocationResult {
    if (!outcome.ok || this.#streamedBytes === 0) return outcome;
    if (this.request.onChunk) return { ok: true, payload: "" };
    if (this.#streamedBytes > LARGEST_RESPONSE_BYTES) return broken(RESPONSE_TOO_LARGE);
    return { ok: true, payload: Buffer.concat(this.#streamed).toString() };
  }

  /** Ends it as timed out. */
  timeOut(memoryMb: number): void {
    const { requestId, code } = this.request;
    const at = new Date(this.#clock.now()).toISOString();
    this.log.tell(`${at} ${requestId} ${timeoutText(code.timeoutMs)}\n\n`);
    this.settle(broken(timedOut(requestId, code.timeoutMs)), memoryMb, "Status: timeout");
  }

  /** Ends it; `memoryMb` is the most that its instance was seen to use. */
  settle(result: InvocationResult, memoryMb: number, status = ""): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#timer?.cancel();
    const durationMs = this.#clock.monotonicMs() - this.#startedMonotonicMs;
    this.log.end({ durationMs, memoryMb, initMs: this.#initMs, result, status });
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
