import { describe, expect, it } from "vitest";
import { change } from "../contract/suite.ts";
import { addEntry, addItem, bumpItem, moveItem, removeItem, setItem } from "../contract/tables.ts";
import { planFlush } from "./plan.ts";

/** The names of the statements that a flush sends. */
const sent = (...commits: Parameters<typeof planFlush>[0][number][]) =>
  planFlush(commits).map((step) => step.name);

const entry = (n: number) => change(addEntry, ["a", n], 1);
const item = (id: string) => change(addItem, [id, 1], 1);

describe("the statements of a flush", () => {
  it("are one for all inserts of a kind", () => {
    expect(sent([entry(1)], [entry(2), entry(3)], [entry(4)])).toEqual(["contract.addEntry/many"]);
  });

  it("are the insert itself when there is one of its kind", () => {
    expect(sent([entry(1)], [item("a")])).toEqual(["contract.addEntry", "contract.addItem"]);
  });

  it("gather inserts of several tables, each at its first place", () => {
    expect(sent([item("a"), entry(1)], [item("b"), entry(2)])).toEqual([
      "contract.addItem/many",
      "contract.addEntry/many",
    ]);
  });

  it("let inserts pass statements about other tables", () => {
    expect(sent([entry(1), change(bumpItem, ["a"])], [entry(2), change(bumpItem, ["b"])])).toEqual([
      "contract.addEntry/many",
      "contract.bumpItem",
      "contract.bumpItem",
    ]);
  });

  it("keep inserts behind a statement that names their table", () => {
    expect(sent([item("a")], [change(removeItem, ["a"], 1)], [item("a")], [item("b")])).toEqual([
      "contract.addItem",
      "contract.removeItem",
      "contract.addItem/many",
    ]);
  });

  it("merge no updates and no upserts", () => {
    expect(
      sent(
        [change(moveItem, ["a", 1, 2], 1), change(moveItem, ["b", 1, 2], 1)],
        [change(setItem, ["a", 1]), change(setItem, ["a", 2])],
      ),
    ).toEqual(["contract.moveItem", "contract.moveItem", "contract.setItem", "contract.setItem"]);
  });

  it("merge no insert that states a count other than one", () => {
    expect(sent([change(addEntry, ["a", 1], 2)], [change(addEntry, ["a", 2], 0)])).toEqual([
      "contract.addEntry",
      "contract.addEntry",
    ]);
  });

  it("wait with COMMIT for rows and counts, and not for plain inserts", () => {
    const decides = planFlush([
      [entry(1), change(moveItem, ["a", 1, 2], 1), change(bumpItem, ["a"]), change(removeItem, ["a"])],
    ]);
    expect(decides.map((step) => step.decides)).toEqual([false, true, true, false]);
  });

  it("stay below what one message may hold", () => {
    const rows = Array.from({ length: 4500 }, (_, n) => [entry(n)]);
    expect(sent(...rows)).toHaveLength(3);
    const long = Array.from({ length: 20 }, (_, n) => [change(addEntry, ["x".repeat(1_000_000), n])]);
    expect(sent(...long)).toHaveLength(3);
  });
});
