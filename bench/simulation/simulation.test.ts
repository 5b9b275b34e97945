import { describe, expect, test } from "vitest";
import { simulate } from "./cluster.mjs";

const nothing = {
  ...{ commits: 10, clientMs: 0, hostMs: 0, nodeCommitMs: 0, nodeFlushMs: 0 },
  ...{ rowMs: 0, flushMs: 0 },
};
const place = { nodes: 1, lanes: 1, databaseProcessors: 4, syncMs: 1, roundTripMs: 1 };

/** What comes out when only these costs count. */
const run = (costs: object, concurrency: number, where: object = {}) =>
  simulate({ costs: { ...nothing, ...costs }, place: { ...place, ...where }, concurrency });

describe("The simulation of a cluster", () => {
  test("has one client wait for each commit's way, the database and its disk", () => {
    const { p50Ms, perSecond, commitsPerFlush } = run({ flushMs: 2, rowMs: 1, clientMs: 5 }, 1);
    expect(p50Ms).toBeCloseTo(10 * (1 + 2 + 1 + 1) + 5);
    expect(perSecond).toBeCloseTo(1000 / 55, 0);
    expect(commitsPerFlush).toBe(1);
  });

  test("has many clients share flushes, so that none of them waits for more than two", () => {
    const { p50Ms, commitsPerFlush } = run({}, 100);
    expect(p50Ms).toBeLessThanOrEqual(10 * 2 * (1 + 1));
    expect(commitsPerFlush).toBeGreaterThan(40);
  });

  test("is bounded by a node's one thread, and by more nodes less", () => {
    for (const nodes of [1, 4]) {
      const { perSecond, busy } = run({ nodeCommitMs: 1 }, 40 * nodes, { nodes });
      expect(Math.abs(perSecond - nodes * 100)).toBeLessThan(nodes * 10);
      expect(busy.node).toBeGreaterThan(0.9);
    }
  });

  test("is bounded by the database's processors, and then by more nodes not less", () => {
    for (const nodes of [8, 16]) {
      const { perSecond, busy } = run({ rowMs: 1 }, 400, { nodes, lanes: 4 });
      expect(Math.abs(perSecond - 4 * 100)).toBeLessThan(40);
      expect(busy.database).toBeGreaterThan(0.95);
    }
  });

  test("is bounded by the processors of one machine that everything shares", () => {
    const costs = { hostMs: 0.5, nodeCommitMs: 0.5 };
    const { perSecond } = run(costs, 100, { sharedProcessors: 2, nodes: 4, databaseProcessors: undefined });
    expect(Math.abs(perSecond - 200)).toBeLessThan(20);
  });
});
