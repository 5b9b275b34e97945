import { expect, test } from "vitest";
import { shareOf } from "./share.ts";

const limited = (MaximumConcurrency: number) =>
  ({ settings: { ScalingConfig: { MaximumConcurrency } } }) as never;

test("nodes divide the maximum concurrency of a mapping among themselves", () => {
  const nodes = ["a", "b", "c"];
  const shares = (most: number) => nodes.map((node) => shareOf(limited(most), nodes, node));
  expect([shares(2), shares(3), shares(1000)]).toEqual([
    [1, 1, 0],
    [1, 1, 1],
    [334, 333, 333],
  ]);
  expect(shareOf(limited(7), [], "alone")).toBe(7);
});
