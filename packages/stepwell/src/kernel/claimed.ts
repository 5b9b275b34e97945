import { count } from "./counts.ts";
import { Resting } from "./resting.ts";
import type { WorkItem } from "./work.ts";

const MOST_CLAIMED = 256;

/** The items that a node has claimed and that burden its memory, and those of them that only rest. */
export class Claimed {
  #count = 0;
  /** How many are of each lane. */
  readonly #ofLane = new Map<string, number>();
  readonly #resting = new Resting();

  /** How many more there is room for. */
  get room(): number {
    return MOST_CLAIMED - this.#count;
  }

  add(item: WorkItem): void {
    this.#add(item, 1);
  }

  /** From now on it takes the place of one that rests. */
  rest(item: WorkItem): void {
    this.#add(item, -1);
    this.#resting.add(item);
  }

  remove(item: WorkItem, rested: boolean): void {
    if (rested) this.#resting.remove(item);
    else this.#add(item, -1);
  }

  /**
   * Lanes of which no more are to be claimed: too many of one rest, or it has as many items here as there is room left
   * for all others. So there is always room for a function that has none, however many of another one's are due before.
   */
  fullLanes(): string[] {
    const lanes = new Set([...this.#ofLane.keys(), ...this.#resting.lanes()]);
    return [...lanes].filter((lane) => this.isFullLane(lane));
  }

  isFullLane(lane: string): boolean {
    return this.#resting.isFullLane(lane) || (this.#ofLane.get(lane) ?? 0) >= this.room;
  }

  /** Kinds of items of which no more are to be claimed: too many rest. */
  fullKinds(): string[] {
    return this.#resting.fullKinds();
  }

  isFullKind(kind: string): boolean {
    return this.#resting.isFullKind(kind);
  }

  #add({ lane }: WorkItem, by: 1 | -1): void {
    this.#count += by;
    if (lane !== "") count(this.#ofLane, lane, by);
  }
}
