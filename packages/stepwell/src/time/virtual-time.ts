import type { VirtualClock } from "../kernel/clock.ts";
import type { DueThing } from "../kernel/due.ts";
import type { Store } from "../store/store.ts";
import type { Activity } from "./activity.ts";
import type { DueThings } from "./due-things.ts";
import { storedTime } from "./stored-time.ts";

/** As many things that happened are told of one move; it may be millions. */
const MOST_TOLD = 100;

export interface Moved {
  readonly fired: readonly DueThing[];
  /** More happened than is told. */
  readonly moreFired: boolean;
}

/**
 * Moves a node's time. It stands still but for a move, and a move goes from one thing that is due to the next: each
 * happens at its own time, and with all that follows from it, before time moves on.
 */
export class VirtualTime {
  readonly #clock: VirtualClock;
  readonly #store: Store;
  readonly #activity: Activity;
  readonly #due: DueThings;
  /** One move after the other. */
  #moves: Promise<unknown> = Promise.resolve();

  constructor(clock: VirtualClock, store: Store, activity: Activity, due: DueThings) {
    this.#clock = clock;
    this.#store = store;
    this.#activity = activity;
    this.#due = due;
  }

  /**
   * Moves time on to what `target` says once nothing is under way, and resolves when all that fell due has happened.
   * An undefined target moves nothing. Rejects when `signal` is aborted; time then stands where it has come to.
   */
  move(target: () => Promise<number | undefined>, signal: AbortSignal): Promise<Moved | undefined> {
    const move = this.#moves.then(async () => {
      await this.#activity.quiet(signal);
      const toMs = await target();
      return toMs === undefined ? undefined : this.#moveTo(toMs, signal);
    });
    this.#moves = move.catch(() => {});
    return move;
  }

  async #moveTo(toMs: number, signal: AbortSignal): Promise<Moved> {
    const fired: DueThing[] = [];
    let moreFired = false;
    while (this.#clock.now() < toMs) {
      const atMs = Math.min(this.#clock.nextTimerMs() ?? toMs, toMs);
      const things = await this.#due.until(atMs, MOST_TOLD + 1);
      const room = MOST_TOLD - fired.length;
      fired.push(...things.slice(0, room));
      moreFired ||= things.length > room;
      // First, so that nothing that happens then is later than the time that a restart begins with.
      await storedTime.write(this.#store, atMs);
      this.#clock.moveTo(atMs);
      await this.#activity.quiet(signal);
    }
    return { fired, moreFired };
  }
}
