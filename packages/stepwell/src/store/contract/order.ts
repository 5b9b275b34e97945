import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bursts, changeOf, Model, outcome } from "./model.ts";
import { change, type Suite } from "./suite.ts";
import {
  addEntry,
  addItem,
  bumpItem,
  countEntries,
  entriesOf,
  inOrder,
  itemsOf,
  moveItem,
  removeItem,
  removeLike,
} from "./tables.ts";

/** What is promised of commits that are made at the same time. */
export function describeOrder(suite: Suite): void {
  describe("order", () => {
    it("is kept among the commits of one key, however many are under way", async () => {
      const id = suite.fresh();
      await suite.commit(id, change(addItem, [id, 0]));
      const moves: Promise<unknown>[] = [];
      for (let n = 0; n < 300; n++) {
        moves.push(suite.commit(id, change(moveItem, [id, n, n + 1], 1), change(addEntry, [id, n], 1)));
        if (n % 50 === 0) await delay(1);
      }
      await Promise.all(moves);
      expect(await suite.item(id)).toBe(300);
      const rows = await suite.store.read(inOrder, [id]);
      expect(rows.map((row) => row.n)).toEqual(Array.from({ length: 300 }, (_, n) => n));
    });

    it("is kept where rows are added, changed and added again", async () => {
      const id = suite.fresh();
      const results = await Promise.all([
        suite.commit(id, change(addItem, [id, 1], 1), change(addEntry, [id, 1], 1)),
        suite.commit(id, change(removeItem, [id], 1)),
        suite.commit(id, change(addItem, [id, 5], 1), change(addEntry, [id, 2], 1)),
        suite.commit(id, change(bumpItem, [id], 1)),
        suite.commit(id, change(removeItem, [id], 1), change(addItem, [id, 9], 1)),
      ]);
      expect(results[3]).toEqual([[{ id, version: 6 }]]);
      expect(await suite.item(id)).toBe(9);
    });

    it("keeps thousands of concurrent commits whole", async () => {
      const id = suite.fresh();
      const results = await Promise.all(
        Array.from({ length: 4000 }, (_, n) =>
          suite.commit(`${id}${n % 97}`, change(addEntry, [id, n], 1), change(addItem, [`${id}/${n}`, n], 1)),
        ),
      );
      expect(results).toHaveLength(4000);
      expect(await suite.store.read(countEntries, [id])).toEqual([{ n: 4000 }]);
      const [rows] = await suite.commit(id, change(removeLike, [`${id}/`], 4000));
      expect(rows).toHaveLength(4000);
    });

    it("and outcomes are those of a plain model, whatever is committed at once", async () => {
      await fc.assert(
        fc.asyncProperty(bursts, async (plan) => {
          const run = suite.fresh();
          const model = new Model();
          for (const burst of plan) {
            const expected = burst.map((planned) => model.commit(planned, run));
            const actual = await Promise.all(
              burst.map(({ key, changes }) =>
                outcome(
                  suite.commit(
                    `${run}${key}`,
                    ...changes.map((one) => changeOf(one, `${run}/${key}/${one.item}`)),
                  ),
                ),
              ),
            );
            expect(actual).toEqual(expected);
          }
          expect(await suite.store.read(itemsOf, [run])).toEqual(model.itemRows());
          expect(await suite.store.read(entriesOf, [run])).toEqual(model.entryRows());
        }),
        { numRuns: 60 },
      );
    });
  });
}
