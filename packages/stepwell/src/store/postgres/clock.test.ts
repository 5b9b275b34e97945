import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { DatabaseClock } from "./clock.ts";

let clock: DatabaseClock;
afterEach(() => clock.close());

/** A database whose clock is `aheadMs` ahead of this machine's, and answers after `answerMs`. */
function database() {
  const state = { aheadMs: 5000, answerMs: 0 };
  const read = async () => {
    await delay(state.answerMs);
    return [{ now_ms: Date.now() + state.aheadMs }];
  };
  return { state, read };
}
const aheadMs = () => clock.now() - Date.now();

test("a node keeps the database's time, whatever its machine's clock says", async () => {
  const { state, read } = database();
  clock = await DatabaseClock.open({ read }, 10);
  expect(Math.abs(aheadMs() - 5000)).toBeLessThan(1000);
  state.aheadMs = 7000;
  await expect.poll(() => Math.abs(aheadMs() - 7000)).toBeLessThan(1000);
});

test("an answer that took long, as after the database was away, does not put it wrong", async () => {
  const { state, read } = database();
  clock = await DatabaseClock.open({ read }, 10);
  state.answerMs = 600;
  await delay(700);
  expect(Math.abs(aheadMs() - 5000)).toBeLessThan(250);
});

test("time stands still rather than goes back when the database's clock was set back", async () => {
  const { state, read } = database();
  clock = await DatabaseClock.open({ read }, 10);
  state.aheadMs = 4000;
  const seen: number[] = [];
  for (let i = 0; i < 10; i++) {
    seen.push(clock.now());
    await delay(10);
  }
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(aheadMs()).toBeLessThan(5000);
});
