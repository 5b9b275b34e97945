import type { HistoryEvent } from "../cli/client/types.ts";
import type { ErrorObject, ExecutionStatus, Operation } from "../durable/types.ts";
import { TestCallback } from "./callback.ts";
import type { Engine } from "./engine/engine.ts";
import type { ObservedExecution } from "./engine/observed.ts";
import type { Hopeless, Patience } from "./engine/patience.ts";
import { DurableTestError, ExecutionFailedError } from "./errors.ts";
import type { LogEntry } from "./logs.ts";
import { type OperationSelector, TestOperation } from "./operation.ts";
import { historyOf, timelineText, waitingLines, withReport } from "./report.ts";
import { parsedPayload, type RunView } from "./run-view.ts";

export interface RunParts {
  readonly engine: Engine;
  readonly patience: Patience;
  /** Resolves to the execution once its start is durable. */
  readonly started: Promise<ObservedExecution>;
  /** What invocations with these request ids logged. */
  logsOf(requestIds: ReadonlySet<string>): readonly LogEntry[];
}

/** One call of a handler; an execution has several when it waits or retries. */
export interface TestInvocation {
  readonly startedAt: Date;
  readonly endedAt: Date;
  /** Set when the invocation failed, which is not the same as the execution. */
  readonly error?: ErrorObject;
}

/**
 * An execution in a test. What it awaits lets time pass (unless the test moves time itself); its other properties are
 * as of the last thing that was awaited.
 */
export class TestRun<TResult> {
  readonly #parts: RunParts;
  readonly #view: RunView;
  #execution: ObservedExecution | undefined;

  /** Tests get them from `test.start(…)`. */
  constructor(parts: RunParts) {
    this.#parts = parts;
    // Whatever awaits the run hears of a start that failed.
    parts.started.then(
      (execution) => {
        this.#execution = execution;
      },
      () => {},
    );
    const run = this;
    this.#view = {
      get operations() {
        return run.#operations;
      },
      until: (not, look) => run.#until(not, look),
      call: (operation, input) => parts.engine.call(operation, input),
      failure: (message) => run.#failure(message),
    };
  }

  /** Resolves to what the handler returned. Rejects with an ExecutionFailedError when the execution does not succeed. */
  async result(): Promise<TResult> {
    const { status, result, error } = await this.#ended();
    if (status === "SUCCEEDED") return parsedPayload(result) as TResult;
    const what = `The execution ${ENDED[status]}${error ? ` with ${textOf(error)}` : ""}`;
    throw new ExecutionFailedError(this.#report(what), status, error);
  }

  /** Resolves to what the execution failed with. Rejects when it succeeds. */
  async error(): Promise<ErrorObject> {
    const { status, result, error } = await this.#ended();
    if (status !== "SUCCEEDED") return error ?? {};
    throw this.#failure(`The execution was to fail, but it succeeded with ${result ?? "nothing"}.`);
  }

  /** Resolves once `reached` says so, asked after each change of the run. `not`: what has not happened, for the error. */
  async until(reached: () => boolean, not = "what was awaited has not happened"): Promise<void> {
    await this.#until(not, () => reached() || undefined);
  }

  /** An operation, by name, or by index or id: `run.operation({ index: 0 })`. */
  operation<T = unknown>(which: string | OperationSelector, index = 0): TestOperation<T> {
    return new TestOperation<T>(this.#view, typeof which === "string" ? { name: which, index } : which);
  }

  /** A callback by its name, or by that of the waitForCallback around it. */
  callback(name: string, index = 0): TestCallback {
    return new TestCallback(this.#view, name, index);
  }

  /** Stops it from outside, as StopDurableExecution does. */
  async stop(error?: ErrorObject): Promise<void> {
    await this.#parts.started;
    const input = { DurableExecutionArn: this.arn, ...(error ? { Error: error } : {}) };
    await this.#parts.engine.call("StopDurableExecution", input);
  }

  get arn(): string {
    return this.#state.header.identity.arn;
  }
  get status(): ExecutionStatus {
    return this.#state.header.status;
  }
  /** All operations, in order of creation. */
  get operations(): readonly TestOperation[] {
    return this.#operations.map(({ Id: id }) => new TestOperation(this.#view, { id }));
  }
  /** Invocations that have ended. */
  get invocations(): readonly TestInvocation[] {
    return this.#rows.flatMap(({ kind, data: { details } }) => {
      if (kind !== "InvocationCompleted") return [];
      const error = details!.Error?.Payload;
      const [startedAt, endedAt] = [new Date(details!.StartTimestamp!), new Date(details!.EndTimestamp!)];
      return [{ startedAt, endedAt, ...(error ? { error } : {}) }];
    });
  }
  /** Its history as AWS shows it, oldest event first, times in epoch milliseconds. */
  get history(): readonly HistoryEvent[] {
    return historyOf(this.#rows);
  }
  /** What its handler logged, oldest first. */
  get logs(): readonly LogEntry[] {
    const requestIds = this.#rows.flatMap(({ data }) => data.internal?.requestId ?? []);
    return this.#parts.logsOf(new Set(requestIds));
  }
  /** What it did, as a table for people. */
  get timeline(): string {
    return timelineText(this.#rows, this.#parts.engine.clock.now());
  }

  get #rows() {
    return this.#execution?.rows ?? [];
  }

  get #operations(): readonly Operation[] {
    return [...(this.#execution?.state?.operations.values() ?? [])];
  }

  get #state() {
    const state = this.#execution?.state;
    if (state) return state;
    throw new DurableTestError(
      "The run has not started yet: await something of it first, such as its result().",
    );
  }

  async #ended() {
    const execution = await this.#parts.started;
    return this.#parts.patience.until({
      execution,
      concerns: (changed) => changed === execution && execution.ended,
      look: () => {
        const { header } = execution.state!;
        const { status, result, error } = header;
        return status === "RUNNING" ? undefined : { status, result, error };
      },
      hopeless: (why) => this.#hopeless("The execution has not ended", why),
    });
  }

  async #until<T>(not: string, look: (quiet: boolean) => T | undefined): Promise<T> {
    const execution = await this.#parts.started;
    return this.#parts.patience.until({
      execution,
      concerns: (changed) => changed === execution,
      look: (quiet) => {
        const value = look(quiet);
        const { status } = execution.state!.header;
        if (value === undefined && status !== "RUNNING") {
          throw this.#failure(`${capital(not)}, and the execution is over: it ${ENDED[status]}.`);
        }
        return value;
      },
      hopeless: (why) => this.#hopeless(capital(not), why),
    });
  }

  #hopeless(not: string, why: Hopeless): Error {
    const { engine } = this.#parts;
    if (why === "failing") {
      const { length } = this.invocations;
      const error = this.invocations.at(-1)?.error;
      return this.#failure(
        `${not}: its handler fails whenever it is called, ${length} times so far, last with ${textOf(error ?? {})}.`,
      );
    }
    const busy = engine.busy();
    const waiting = waitingLines(this.#rows).map((line) => `  ${line}\n`);
    const reason = busy.length > 0 ? `${busy.join(", ")} is still running.` : "nothing happens any more.";
    const waits = waiting.length > 0 ? `\nThe execution waits for\n${waiting.join("")}` : "";
    return this.#failure(`${not}, and ${reason}${waits}`);
  }

  #failure(message: string): Error {
    return new DurableTestError(this.#report(message));
  }

  #report(message: string): string {
    return withReport(message, this.#rows, this.logs, this.#parts.engine.clock.now());
  }
}

const ENDED = {
  SUCCEEDED: "succeeded",
  FAILED: "failed",
  TIMED_OUT: "timed out",
  STOPPED: "was stopped",
} as const;

function textOf({ ErrorType, ErrorMessage }: ErrorObject): string {
  return [ErrorType, ErrorMessage].filter(Boolean).join(": ") || "an error without type and message";
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
