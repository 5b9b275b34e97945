import { expect, test } from "vitest";
import { FairQueue } from "./queue.ts";

const takeAll = (queue: FairQueue<string, string>) => {
  const taken: string[] = [];
  for (let item = queue.take(() => true); item; item = queue.take(() => true)) taken.push(item);
  return taken;
};

test("synchronous invocations come first, and functions take turns", () => {
  const queue = new FairQueue<string, string>();
  for (const item of ["a1", "a2", "a3", "b1", "b2"]) queue.push(item[0]!, item, false);
  queue.push("c", "c1 sync", true);
  queue.push("a", "a4 sync", true);
  expect(queue.length).toBe(7);
  expect(takeAll(queue)).toEqual(["c1 sync", "a4 sync", "a1", "b1", "a2", "b2", "a3"]);
  expect(queue.length).toBe(0);
});

test("what cannot be served now keeps its place", () => {
  const queue = new FairQueue<string, string>();
  for (const item of ["a1", "a2", "b1"]) queue.push(item[0]!, item, false);
  expect(queue.take((key) => key === "b")).toBe("b1");
  expect(queue.take((key) => key === "b")).toBeUndefined();
  expect(queue.lengthOf("a")).toBe(2);
  expect(takeAll(queue)).toEqual(["a1", "a2"]);
});

test("what was put back is the next of its function", () => {
  const queue = new FairQueue<string, string>();
  for (const item of ["a1", "a2", "a3"]) queue.push("a", item, true);
  const first = queue.take(() => true)!;
  queue.putBack("a", first, true);
  expect(takeAll(queue)).toEqual(["a1", "a2", "a3"]);
});

test("a long backlog keeps its order", () => {
  const queue = new FairQueue<string, string>();
  const items = Array.from({ length: 5000 }, (_, i) => `item ${i}`);
  for (const item of items) queue.push("a", item, false);
  expect(takeAll(queue)).toEqual(items);
});
