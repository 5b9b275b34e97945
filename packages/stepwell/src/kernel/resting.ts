import { count } from "./counts.ts";
import type { WorkItem } from "./work.ts";

/** So many may rest on a node: each keeps what it waits with in memory. */
const MOST_OF_KIND = 1024;
/** And so many of one lane, so that a single one that never answers leaves most of that to others. */
const MOST_OF_LANE = 64;

/**
 * Claimed items that wait for somebody outside, who may never answer. They take no place that other work needs, so they
 * have bounds of their own: from then on no more of their lane, or of their kind, is claimed.
 */
export class Resting {
  readonly #ofKind = new Map<string, number>();
  readonly #ofLane = new Map<string, number>();

  add({ kind, lane }: WorkItem): void {
    count(this.#ofKind, kind, 1);
    count(this.#ofLane, lane, 1);
  }

  remove({ kind, lane }: WorkItem): void {
    count(this.#ofKind, kind, -1);
    count(this.#ofLane, lane, -1);
  }

  /** Those that have some. */
  lanes(): Iterable<string> {
    return this.#ofLane.keys();
  }

  isFullLane(lane: string): boolean {
    return lane !== "" && (this.#ofLane.get(lane) ?? 0) >= MOST_OF_LANE;
  }

  fullKinds(): string[] {
    return [...this.#ofKind.keys()].filter((kind) => this.isFullKind(kind));
  }

  isFullKind(kind: string): boolean {
    return (this.#ofKind.get(kind) ?? 0) >= MOST_OF_KIND;
  }
}
