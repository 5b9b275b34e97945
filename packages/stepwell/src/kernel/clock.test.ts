import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { MonotonicClock, RealClock, VirtualClock } from "./clock.ts";

describe("virtual time", () => {
  test("stands still until it is moved, and then fires timers in the order of their times", () => {
    const clock = new VirtualClock(1_000);
    const fired: string[] = [];
    const note = (name: string) => () => void fired.push(`${name} at ${clock.now()}`);
    clock.at(1_300, note("late"));
    clock.at(1_100, note("early"));
    clock.at(1_200, note("cancelled")).cancel();
    clock.at(1_100, note("early too"));
    expect(clock.nextTimerMs()).toBe(1_100);
    clock.advance(299);
    expect(fired).toEqual(["early at 1100", "early too at 1100"]);
    clock.advance(1);
    expect(fired.at(-1)).toBe("late at 1300");
    expect(clock.now()).toBe(1_300);
  });

  test("fires a timer that another timer sets on the way", () => {
    const clock = new VirtualClock(0);
    const fired: number[] = [];
    clock.at(10, () => clock.at(20, () => fired.push(clock.now())));
    clock.advance(100);
    expect(fired).toEqual([20]);
    expect(clock.now()).toBe(100);
  });

  test("runs what is due already at the next turn, not within the call", async () => {
    const clock = new VirtualClock(50);
    let fired = false;
    clock.at(50, () => {
      fired = true;
    });
    expect(fired).toBe(false);
    await turn();
    expect(fired).toBe(true);
  });

  test("does not go back", () => {
    expect(() => new VirtualClock(0).advance(-1)).toThrow("it moves forward only");
  });
});

test("real time fires a timer at its time and not before, also one far beyond setTimeout's reach", async () => {
  const clock = new RealClock();
  const atMs = clock.now() + 20;
  const firedMs = await new Promise<number>((resolve) => {
    const keepAlive = setInterval(() => {}, 5);
    clock.at(atMs, () => {
      clearInterval(keepAlive);
      resolve(clock.now());
    });
  });
  expect(firedMs).toBeGreaterThanOrEqual(atMs);
  let tooEarly = false;
  const far = clock.at(clock.now() + 40 * 86_400_000, () => {
    tooEarly = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(tooEarly).toBe(false);
  far.cancel();
});

test("a wait that is no matter of the date ends in time although the machine's clock is set back", async () => {
  const clock = new MonotonicClock();
  const waited = new Promise<string>((resolve) => clock.at(clock.now() + 20, () => resolve("waited")));
  const set = vi.spyOn(Date, "now").mockReturnValue(Date.now() - 3_600_000);
  try {
    expect(await waited).toBe("waited");
  } finally {
    set.mockRestore();
  }
});
