import { RealClock } from "../../kernel/clock.ts";
import type { Engine } from "./engine.ts";
import type { ObservedExecution } from "./observed.ts";
import { StallWatch } from "./stall-watch.ts";
import type { TimeKeeper } from "./time-keeper.ts";

/** What time does while something is awaited. */
export interface TimeRules {
  /** Whether it moves by itself when nothing else can happen. */
  readonly skips: boolean;
  /** How long, on the machine's clock, nothing may happen before time moves to the timeout of a callback. */
  readonly timeoutPatienceMs: number;
  /** How long, on the machine's clock, nothing may be committed before waiting is given up. */
  readonly stallMs: number;
}

/** Why something is no longer waited for: something else has come. It goes nowhere, so it needs no stack trace. */
const OVER = "over";

/** A function that always fails is called again for as long as its execution may run: a test has seen enough before. */
const MOST_FAILURES = 5;

/** Why waiting has been given up. */
export type Hopeless = "stalled" | "failing";

/** What is awaited of an execution. */
export interface Awaited<T> {
  readonly execution: ObservedExecution;
  /** Whether a commit could have brought it: to look after each would cost more than the execution itself. */
  concerns(execution: ObservedExecution): boolean;
  /** The value, if it is there; throws when it cannot come any more. `quiet`: nothing is under way. */
  look(quiet: boolean): T | undefined;
  /** The error to reject with. */
  hopeless(why: Hopeless): Error;
}

/** Waits for something to come about in an engine, and lets time do its part. */
export class Patience {
  readonly #engine: Engine;
  readonly #time: TimeKeeper;
  readonly #rules: TimeRules;

  constructor(engine: Engine, time: TimeKeeper, rules: TimeRules) {
    this.#engine = engine;
    this.#time = time;
    this.#rules = rules;
  }

  async until<T>(awaited: Awaited<T>): Promise<T> {
    const { execution } = awaited;
    const watch = new StallWatch(this.#engine, this.#rules.stallMs);
    try {
      for (let quiet = false; ; ) {
        const { commits } = execution;
        await this.#engine.refresh(execution);
        const value = awaited.look(quiet);
        if (value !== undefined) return value;
        if (execution.commits !== commits) continue;
        if (execution.state && execution.state.header.failures >= MOST_FAILURES) {
          throw awaited.hopeless("failing");
        }
        if (quiet) await this.#wait(awaited, commits, watch.signal);
        quiet =
          !quiet && (await this.#changed(awaited, watch.signal, (signal) => this.#engine.quiet(signal)));
      }
    } catch (error) {
      throw watch.signal.aborted ? awaited.hopeless("stalled") : error;
    } finally {
      watch.stop();
    }
  }

  /** Nothing is under way: moves time if it may, else waits for what somebody else does after `commits`. */
  async #wait<T>(awaited: Awaited<T>, commits: number, signal: AbortSignal): Promise<void> {
    const { skips, timeoutPatienceMs } = this.#rules;
    // What else is awaited at the same time moves time too, and what comes of that has to be looked at first.
    const unlessNews = (ms: number): number =>
      awaited.execution.commits === commits ? ms : Number.POSITIVE_INFINITY;
    if (skips) {
      if (await this.#time.skip((next) => unlessNews(next.progressMs), signal)) return;
      const patience = (over: AbortSignal) => pause(timeoutPatienceMs, over);
      if (timeoutPatienceMs > 0 && !(await this.#changed(awaited, signal, patience))) return;
      if (await this.#time.skip((next) => unlessNews(next.callbackTimeoutMs), signal)) return;
    }
    // Somebody else may have moved time while this waited for its turn to do so.
    if (awaited.execution.commits === commits) await this.#changed(awaited, signal);
  }

  /** Waits for a commit that concerns what is awaited; resolves to true when `other` came first. */
  #changed<T>(
    { concerns }: Awaited<T>,
    stalled: AbortSignal,
    other?: (signal: AbortSignal) => Promise<void>,
  ): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const over = new AbortController();
      const end = (then: () => void) => (): void => {
        unlisten();
        stalled.removeEventListener("abort", giveUp);
        over.abort(OVER);
        then();
      };
      const changed = end(() => resolve(false));
      const giveUp = end(() => reject(stalled.reason));
      const unlisten = this.#engine.onCommit((execution) => {
        if (concerns(execution)) changed();
      });
      stalled.addEventListener("abort", giveUp);
      other?.(over.signal).then(
        end(() => resolve(true)),
        () => {},
      );
    });
  }
}

/** Resolves after some time of the machine's clock, or rejects when it is aborted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  const clock = new RealClock();
  return new Promise((resolve, reject) => {
    const timer = clock.at(clock.now() + ms, resolve);
    signal.addEventListener("abort", () => {
      timer.cancel();
      reject(signal.reason);
    });
  });
}
