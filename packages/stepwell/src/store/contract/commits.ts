import { describe, expect, it } from "vitest";
import { Conflict, StoreError } from "../errors.ts";
import { change, rejection, type Suite } from "./suite.ts";
import {
  addEntry,
  addItem,
  bumpItem,
  countEntries,
  moveItem,
  nonsense,
  oneItem,
  removeItem,
  removeLike,
  tricky,
  twice,
} from "./tables.ts";

/** Commits, guards, and statements that fail. */
export function describeCommits(suite: Suite): void {
  describe("a commit", () => {
    it("is there for every read once it resolved", async () => {
      const id = suite.fresh();
      await suite.commit(id, change(addItem, [id, 7], 1));
      expect(await suite.item(id)).toBe(7);
    });

    it("happens as a whole or not at all", async () => {
      const [a, b] = [suite.fresh(), suite.fresh()];
      await suite.commit(b, change(addItem, [b, 1]));
      const failure = await rejection(suite.commit(a, change(addItem, [a, 1]), change(addItem, [b, 2])));
      expect(failure).toBeInstanceOf(Conflict);
      expect(failure).toMatchObject({ changeIndex: 1, statement: "contract.addItem" });
      expect(await suite.item(a)).toBeUndefined();
      expect(await suite.item(b)).toBe(1);
    });

    it("returns the rows of each change in order, and none for a change that returns none", async () => {
      const id = suite.fresh();
      const result = await suite.commit(
        id,
        change(addItem, [id, 1]),
        change(bumpItem, [id], 1),
        change(bumpItem, [id], 1),
        change(oneItem, [id], 1),
      );
      expect(result).toEqual([[], [{ id, version: 2 }], [{ id, version: 3 }], [{ id, version: 3 }]]);
    });

    it("returns all rows of a change that touched several", async () => {
      const id = suite.fresh();
      await suite.commit(id, ...[0, 1, 2].map((n) => change(addItem, [`${id}/${n}`, n])));
      const [rows] = await suite.commit(id, change(removeLike, [`${id}/`], 3));
      expect(rows!.map((row) => row.id).sort()).toEqual([`${id}/0`, `${id}/1`, `${id}/2`]);
    });

    it("of no changes resolves to nothing", async () => {
      expect(await suite.commit(suite.fresh())).toEqual([]);
    });

    it("takes a parameter twice and in any order", async () => {
      expect(await suite.store.read(twice, ["one", "two"])).toEqual([
        { second: "two", first: "one", again: "two" },
      ]);
    });
  });

  describe("a guard", () => {
    it("rejects a change that touches too few rows, and all of its commit", async () => {
      const id = suite.fresh();
      const failure = await rejection(
        suite.commit(id, change(addItem, [id, 1], 1), change(moveItem, [id, 99, 2], 1)),
      );
      expect(failure).toBeInstanceOf(Conflict);
      expect(failure).toMatchObject({ changeIndex: 1, statement: "contract.moveItem" });
      expect(failure.message).toContain("touched 0 rows and must touch 1");
      expect(await suite.item(id)).toBeUndefined();
    });

    it("rejects a change that touches too many rows", async () => {
      const id = suite.fresh();
      await suite.commit(id, change(addItem, [`${id}/1`, 1]), change(addItem, [`${id}/2`, 1]));
      const failure = await rejection(suite.commit(id, change(removeLike, [`${id}/`], 1)));
      expect(failure.message).toContain("touched 2 rows and must touch 1");
      expect(await suite.item(`${id}/1`)).toBe(1);
    });

    it("may say that nothing must be touched", async () => {
      const id = suite.fresh();
      await suite.commit(id, change(removeItem, [id], 0));
      await suite.commit(id, change(addItem, [id, 1]));
      expect(await rejection(suite.commit(id, change(removeItem, [id], 0)))).toBeInstanceOf(Conflict);
      expect(await suite.item(id)).toBe(1);
    });

    it("that fails spares every other commit of the same flush", async () => {
      const id = suite.fresh();
      await suite.commit(id, change(addItem, [`${id}/13`, 0]), change(addItem, [`${id}/14`, 0]));
      const results = await Promise.allSettled(
        Array.from({ length: 40 }, (_, n) =>
          n % 10 === 4
            ? suite.commit(
                `${id}${n}`,
                change(addEntry, [id, n], 1),
                change(moveItem, [`${id}/${n}`, 9, 1], 1),
              )
            : suite.commit(`${id}${n}`, change(addEntry, [id, n], 1), change(addItem, [`${id}/${n}`, 1], 1)),
        ),
      );
      const rejected = results.flatMap((result, n) => (result.status === "rejected" ? [n] : []));
      expect(rejected).toEqual([4, 13, 14, 24, 34]);
      for (const n of rejected) {
        expect((results[n] as PromiseRejectedResult).reason).toMatchObject({
          name: "Conflict",
          changeIndex: 1,
        });
      }
      expect(await suite.store.read(countEntries, [id])).toEqual([{ n: 35 }]);
    });

    it("lets only one of many rivals through", async () => {
      const id = suite.fresh();
      await suite.commit(id, change(addItem, [id, 0]));
      const results = await Promise.allSettled(
        Array.from({ length: 50 }, (_, n) => suite.commit(`${id}${n}`, change(moveItem, [id, 0, n + 1], 1))),
      );
      expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
    });
  });

  describe("a statement that cannot work", () => {
    const isBad = (error: Error) => {
      expect(error).toBeInstanceOf(StoreError);
      expect(error).toMatchObject({ code: "BadStatement" });
    };

    it("is named in the error, and spares its neighbours", async () => {
      const [a, b, c] = [suite.fresh(), suite.fresh(), suite.fresh()];
      const [first, second, third] = await Promise.allSettled([
        suite.commit(a, change(addItem, [a, 1])),
        suite.commit(b, change(addItem, [b, 1]), change(nonsense, [b])),
        suite.commit(c, change(addItem, [c, 1])),
      ]);
      expect([first.status, third.status]).toEqual(["fulfilled", "fulfilled"]);
      isBad((second as PromiseRejectedResult).reason);
      expect((second as PromiseRejectedResult).reason.message).toMatch(/nonsense.*no_such_table/);
      expect(await suite.item(b)).toBeUndefined();
    });

    it("is not a conflict when a value breaks a rule of its table", async () => {
      isBad(await rejection(suite.commit("x", change(addItem, [suite.fresh(), -1]))));
      isBad(await rejection(suite.commit("x", change(addItem, [suite.fresh(), null]))));
    });

    it("is refused when it writes and is read", async () => {
      const id = suite.fresh();
      isBad(await rejection(suite.store.read(bumpItem, [id])));
      isBad(await rejection(suite.store.read(addItem, [id, 1])));
      expect(await suite.item(id)).toBeUndefined();
    });

    it.each([
      ["two statements", "DELETE FROM items; DELETE FROM entries", /more than one statement/],
      ["a question mark", "SELECT ?", /write its parameters as \$1/],
      ["a gap in its parameters", "SELECT CAST($2 AS TEXT) AS x", /does not use its parameter \$1/],
    ])("is refused for %s", async (what, sql, reason) => {
      const bad = { name: "contract.bad", sql };
      const error = await rejection(suite.store.commit([change(bad, [])], { key: what }));
      isBad(error);
      expect(error.message).toMatch(reason);
    });

    it("may contain what looks like parameters in strings and comments", async () => {
      expect(await suite.store.read(tricky, ["x"])).toEqual([{ a: "x", b: "$2 ? ;" }]);
    });
  });
}
