const SECOND_MS = 1000;

/** Keeps to the number of messages that an endpoint takes in a second; every node counts for itself. */
export class Throttle {
  /** By lane: how many have gone in the second that is under way. */
  readonly #sent = new Map<string, { readonly second: number; count: number }>();

  /** Counts one more, or returns when it may go: epoch milliseconds. */
  waitUntilMs(
    lane: string,
    policy: { readonly maxReceivesPerSecond?: number } | null,
    nowMs: number,
  ): number | undefined {
    const most = policy?.maxReceivesPerSecond;
    if (most === undefined) {
      this.#sent.delete(lane);
      return undefined;
    }
    const second = Math.floor(nowMs / SECOND_MS);
    const known = this.#sent.get(lane);
    const sent = known?.second === second ? known : { second, count: 0 };
    // What waits is spread over the seconds to come, so that each of it is looked at once.
    const place = sent.count++;
    this.#sent.set(lane, sent);
    return place < most ? undefined : (second + Math.floor(place / most)) * SECOND_MS;
  }
}
