import type { Clock, Timer } from "./clock.ts";
import type { WorkItem } from "./work.ts";

/** How long this node claims nothing of a lane in which it met an item for newer nodes: they have it to themselves. */
const NEWER_FIRST_MS = 2_000;
/** So many of those that were met are remembered. */
const MOST_MET = 10_000;

/** Items whose data a newer version has written, and the lanes that are left to newer nodes for now. */
export class LeftToNewer {
  readonly #clock: Clock;
  /** Is called when a lane is no longer left to them. */
  readonly #over: () => void;
  /** Items that were met, with their versions then. */
  readonly #met = new Map<string, number>();
  readonly #lanes = new Map<string, Timer>();

  constructor(clock: Clock, over: () => void) {
    this.#clock = clock;
    this.#over = over;
  }

  /** Leaves an item's lane to newer nodes; false when it has none, or when none of them took the item the last time. */
  meet({ key, lane, version }: WorkItem): boolean {
    // Its release and its claim were the last that happened to it.
    const isBack = this.#met.get(key) === version - 2;
    if (this.#met.size >= MOST_MET) this.#met.clear();
    this.#met.set(key, version);
    if (isBack || lane === "") return false;
    this.#lanes.get(lane)?.cancel();
    const timer = this.#clock.at(this.#clock.now() + NEWER_FIRST_MS, () => {
      this.#lanes.delete(lane);
      this.#over();
    });
    this.#lanes.set(lane, timer);
    return true;
  }

  lanes(): Iterable<string> {
    return this.#lanes.keys();
  }

  has(lane: string): boolean {
    return this.#lanes.has(lane);
  }

  stop(): void {
    for (const timer of this.#lanes.values()) timer.cancel();
  }
}
