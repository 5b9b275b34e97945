import { performance } from "node:perf_hooks";

/**
 * Keeps `concurrency` calls under way for `seconds`, each followed by the next; what is under way at the end is
 * awaited and counts. A call that rejects ends the measurement with its error.
 */
export async function drive(concurrency, seconds, call) {
  const latenciesMs = [];
  const start = performance.now();
  const until = start + seconds * 1000;
  const lane = async () => {
    for (let before = performance.now(); before < until; ) {
      await call();
      const after = performance.now();
      latenciesMs.push(after - before);
      before = after;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return { perSecond: (latenciesMs.length * 1000) / (performance.now() - start), latenciesMs };
}

/** Calls `call(0)` to `call(count - 1)`, `concurrency` at a time. */
export async function forEach(count, concurrency, call) {
  let next = 0;
  const lane = async () => {
    while (next < count) await call(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}
