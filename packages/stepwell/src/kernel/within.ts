import type { Clock } from "./clock.ts";

/** Waits for something, but no longer than `mostMs`; resolves to whether it came in time. Rejects as it does. */
export async function within(clock: Clock, mostMs: number, event: Promise<unknown>): Promise<boolean> {
  let isLate = (): void => {};
  const late = new Promise<false>((resolve) => {
    isLate = () => resolve(false);
  });
  const timer = clock.at(clock.now() + mostMs, isLate);
  return Promise.race([event.then(() => true), late]).finally(() => timer.cancel());
}
