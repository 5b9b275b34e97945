import { type Store, statement } from "../store/store.ts";

const readTime = statement("virtualTime.read", "SELECT now_ms FROM virtual_time");
const writeTime = statement(
  "virtualTime.write",
  `INSERT INTO virtual_time (id, now_ms) VALUES (1, $1)
   ON CONFLICT (id) DO UPDATE SET now_ms = excluded.now_ms WHERE virtual_time.now_ms < excluded.now_ms`,
);
const removeTime = statement("virtualTime.remove", "DELETE FROM virtual_time");

const KEY = "virtual time";

/** The data has lived in virtual time and would have to go back to the machine's. */
export class TimeAhead extends Error {
  override readonly name = "TimeAhead";
}

/** How far virtual time has come in a store; it is written before time moves, so it never goes back. */
export const storedTime = {
  async read(store: Store): Promise<number | undefined> {
    const [row] = await store.read(readTime, []);
    return row && Number(row.now_ms);
  },
  /** Durable when it resolves; an earlier time than the stored one changes nothing. */
  async write(store: Store, nowMs: number): Promise<void> {
    await store.commit([{ statement: writeTime, params: [nowMs] }], { key: KEY });
  },
  /**
   * Data goes over to the machine's time. Throws TimeAhead, changing nothing, when its own time is later than that:
   * what it holds would then lie in the future.
   */
  async leave(store: Store, machineMs: number): Promise<void> {
    const reachedMs = await storedTime.read(store);
    if (reachedMs === undefined) return;
    if (reachedMs > machineMs) {
      throw new TimeAhead(
        `The data in ${store.info.location} has lived in virtual time and has reached ` +
          `${new Date(reachedMs).toISOString()}; on the machine's time it would have to go back.`,
      );
    }
    await store.commit([{ statement: removeTime, params: [] }], { key: KEY });
  },
};
