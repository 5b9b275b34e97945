import type { ExecutionState } from "../../durable/machine.ts";
import { type NextTimes, nextTimes } from "./deadlines.ts";
import type { Engine } from "./engine.ts";

/**
 * Moves an engine's time: from one timer to the next, so that each fires at its own time and all that follows from
 * it happens before time moves on; and only when nothing is under way.
 */
export class TimeKeeper {
  readonly #engine: Engine;
  /** One move after the other. */
  #moves: Promise<unknown> = Promise.resolve();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Moves time on by `ms`. */
  advance(ms: number, signal: AbortSignal): Promise<void> {
    return this.#move(async () => this.#engine.clock.now() + ms, signal).then(() => {});
  }

  /** Moves time on to what `target` chooses of what comes next. Resolves to false when that is nothing to come. */
  skip(target: (next: NextTimes) => number, signal: AbortSignal): Promise<boolean> {
    return this.#move(async () => target(nextTimes(await this.#states())), signal);
  }

  #move(target: () => Promise<number>, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#engine;
    const moved = this.#moves.then(async () => {
      await this.#engine.quiet(signal);
      const toMs = await target();
      if (toMs === Number.POSITIVE_INFINITY || toMs <= clock.now()) return false;
      while (clock.now() < toMs) {
        clock.moveTo(Math.min(clock.nextTimerMs() ?? toMs, toMs));
        await this.#engine.quiet(signal);
      }
      return true;
    });
    this.#moves = moved.catch(() => {});
    return moved;
  }

  async #states(): Promise<ExecutionState[]> {
    const running = await this.#engine.running();
    return running.flatMap(({ state }) => (state ? [state] : []));
  }
}
