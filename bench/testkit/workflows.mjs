// The workflows that both test libraries run, with the SDK that each is made for.

/** Steps one after the other. */
export const sequence = (wrap, steps) =>
  wrap(async (_event, context) => {
    let sum = 0;
    for (let i = 0; i < steps; i++) sum += await context.step(`step-${i}`, async () => 1);
    return sum;
  });

/** A step and a wait of a minute, again and again. */
export const pauses = (wrap, count) =>
  wrap(async (_event, context) => {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      sum += await context.step(`step-${i}`, async () => 1);
      await context.wait(`wait-${i}`, { minutes: 1 });
    }
    return sum;
  });

/** Taken before a test library replaces it. */
const now = performance.now.bind(performance);

/** How long `run` takes in milliseconds of time and of the processor, the median of `rounds` after two to warm up. */
export async function timed(run, rounds) {
  const wall = [];
  const processor = [];
  for (let round = -2; round < rounds; round++) {
    const startedMs = now();
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    if (round < 0) continue;
    wall.push(now() - startedMs);
    processor.push((user + system) / 1000);
  }
  const middle = (times) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
  return { ms: middle(wall), processorMs: middle(processor) };
}

export function expected(result, value) {
  if (result !== value) throw new Error(`${value} was expected, and the result is ${result}.`);
}
