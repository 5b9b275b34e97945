import { hostname } from "node:os";
import { Conflict, OutcomeUnknown, StoreError } from "../store/errors.ts";
import { type Change, type Store, statement } from "../store/store.ts";
import type { Clock, Timer } from "./clock.ts";
import type { Logger } from "./logger.ts";

const renew = statement(
  "nodes.renew",
  `INSERT INTO nodes (name, address, started_at, renewed_at) VALUES ($1, $2, $3, $3)
   ON CONFLICT (name) DO UPDATE SET renewed_at = excluded.renewed_at`,
);
const readOthers = statement("nodes.others", "SELECT name, address, renewed_at FROM nodes WHERE name <> $1");
const readNames = statement("nodes.names", "SELECT name FROM nodes ORDER BY name");
const remove = statement("nodes.remove", "DELETE FROM nodes WHERE name = $1 AND renewed_at = $2");
const leave = statement("nodes.leave", "DELETE FROM nodes WHERE name = $1");
/**
 * Also of one that claimed them after it was taken for dead, and then died before it could say that it was not. What a
 * transaction of a node that stands still has locked is left for the next look: waiting for it would hold up the rest.
 */
const freeOrphans = statement(
  "nodes.freeOrphans",
  `WITH orphans AS MATERIALIZED
     (SELECT key FROM work WHERE owner IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM nodes WHERE nodes.name = work.owner) FOR UPDATE SKIP LOCKED)
   UPDATE work SET owner = NULL, version = version + 1 WHERE key IN (SELECT key FROM orphans) RETURNING key`,
);
const FREE_ORPHANS: Change = { statement: freeOrphans, params: [] };

/** A node that has not renewed its row for this long is dead: its work goes to others. */
const LEASE_MS = 10_000;
/** After a failed renewal; the row is renewed every third of the lease otherwise. */
const RETRY_MS = 1000;

/** The names of the nodes that work on a store, in an order that all of them see; none where there can be only one. */
export async function nodeNames(store: Store): Promise<string[]> {
  return (await store.read(readNames, [])).map(({ name }) => String(name));
}

export interface MembershipOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  /** This node's name in work items. */
  readonly owner: string;
  /** The lease of every node of this store must be the same. */
  readonly leaseMs?: number;
  /** Items of a dead node have become free. */
  readonly onFreed: () => void;
}

/**
 * This node among others on one store: one row that says it is alive, and an eye on the rows of the others. Items are
 * not renewed one by one; a dead node's are freed in one statement. A node that was taken for dead and comes back finds
 * its items at other versions, and so changes nothing.
 */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #leaseMs: number;
  #timer: Timer | undefined;
  #left = false;
  /** Since when renewals have come in time: after an outage of the database, others need time to renew theirs too. */
  #steadySinceMs = Number.NaN;
  #renewedAtMs = Number.NaN;
  /** The last renewal, or the look after it, has failed. */
  #failing = false;
  #round: Promise<void> = Promise.resolve();

  constructor(options: MembershipOptions) {
    this.#options = options;
    this.#leaseMs = options.leaseMs ?? LEASE_MS;
  }

  /** Resolves when this node is known. Rejects when the store cannot be had. */
  async start(): Promise<void> {
    await this.#renew();
    this.#next(await this.#lookAtOthers());
  }

  /** Whether the last thing that it tried to say about itself was stored. */
  get steady(): boolean {
    return !this.#failing;
  }

  /** Gives back whatever is still held, and is gone; without the database, others take it for dead in time. */
  async leave(): Promise<void> {
    this.#left = true;
    this.#timer?.cancel();
    await this.#round;
    const { store, owner, log } = this.#options;
    await store
      .commit([{ statement: leave, params: [owner] }, FREE_ORPHANS], { key: owner })
      .catch((error: unknown) => {
        if (!(error instanceof StoreError || error instanceof OutcomeUnknown)) throw error;
        log.error(
          { error },
          "this node could not say that it leaves; its work is free when its lease is over",
        );
      });
  }

  #next(afterMs: number): void {
    if (this.#left) return;
    const { clock, log } = this.#options;
    this.#timer = clock.at(clock.now() + afterMs, () => {
      this.#round = this.#renew()
        .then(() => this.#lookAtOthers())
        .then(
          (nextMs) => {
            this.#failing = false;
            this.#next(nextMs);
          },
          (error) => {
            this.#failing = true;
            log.error({ error }, "this node could not say that it is alive; trying again in a second");
            this.#next(RETRY_MS);
          },
        );
    });
  }

  async #renew(): Promise<void> {
    const { store, clock, owner } = this.#options;
    await store.commit([{ statement: renew, params: [owner, hostname(), clock.now()] }], { key: owner });
    const nowMs = clock.monotonicMs();
    // Late, or the first: the database, which others wait for as well, or this node may have stood still.
    if (!(nowMs - this.#renewedAtMs < (this.#leaseMs * 2) / 3)) this.#steadySinceMs = nowMs;
    this.#renewedAtMs = nowMs;
  }

  /** Frees what the dead held; resolves to how long this node may rest. */
  async #lookAtOthers(): Promise<number> {
    const { store, clock, owner, onFreed } = this.#options;
    const [orphans] = await store.commit([FREE_ORPHANS], { key: owner });
    if (orphans!.length > 0) onFreed();
    let restMs = this.#leaseMs / 3;
    for (const { name, address, renewed_at } of await store.read(readOthers, [owner])) {
      const steadyMs = clock.monotonicMs() - this.#steadySinceMs;
      const aliveMs = Math.max(
        Number(renewed_at) + this.#leaseMs - clock.now(),
        // Twice the time in which a living node renews its row.
        (this.#leaseMs * 2) / 3 - steadyMs,
      );
      if (aliveMs > 0) restMs = Math.min(restMs, aliveMs);
      else await this.#bury(String(name), String(address), Number(renewed_at));
    }
    return Math.max(restMs, 1);
  }

  async #bury(name: string, address: string, renewedAtMs: number): Promise<void> {
    const { store, log, onFreed } = this.#options;
    try {
      const removal: Change = { statement: remove, params: [name, renewedAtMs], rows: 1 };
      await store.commit([removal, FREE_ORPHANS], { key: name });
      log.warn({ node: name, address }, "a node has died; its work is free");
      onFreed();
    } catch (error) {
      // It has renewed its row after all, or another node was faster.
      if (!(error instanceof Conflict)) throw error;
    }
  }
}
