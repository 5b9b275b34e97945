// How fast tests are with stepwell/testing: `npm run build && node bench/testkit.mjs`. Medians of a few rounds.
import { withDurableExecution as awsHandler } from "@aws/durable-execution-sdk-js";
import { withDurableExecution } from "@stepwell/durable";
import { explore, testDurable } from "stepwell/testing";

const ROUNDS = 7;
const STEPS = 1000;

const sequence = (wrap, steps) =>
  wrap(async (_event, context) => {
    let sum = 0;
    for (let i = 0; i < steps; i++) sum += await context.step(`step-${i}`, async () => 1);
    return sum;
  });
const waits = (wrap, count) =>
  wrap(async (_event, context) => {
    for (let i = 0; i < count; i++) await context.wait({ hours: 1 });
    return count;
  });

async function medianMs(run) {
  await run();
  await run();
  const times = [];
  for (let i = 0; i < ROUNDS; i++) {
    const startMs = performance.now();
    await run();
    times.push(performance.now() - startMs);
  }
  return times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)];
}

async function once(handler, expected) {
  const result = await testDurable(handler).start().result();
  if (result !== expected) throw new Error(`${expected} was expected, and the result is ${result}.`);
}

for (const [sdk, wrap] of [
  ["@stepwell/durable", withDurableExecution],
  ["AWS's SDK", awsHandler],
]) {
  const long = await medianMs(() => once(sequence(wrap, STEPS), STEPS));
  const short = await medianMs(() => once(sequence(wrap, 1), 1));
  const waiting = await medianMs(() => once(waits(wrap, 20), 20));
  console.log(`${sdk}`);
  console.log(`  ${STEPS} steps: ${long.toFixed(0)} ms, ${Math.round((STEPS / long) * 1000)} steps/s`);
  console.log(`  one step: ${short.toFixed(1)} ms`);
  console.log(`  20 waits: ${waiting.toFixed(1)} ms`);
}

const fifty = sequence(withDurableExecution, 50);
const startMs = performance.now();
const { commits, runs } = await explore(testDurable(fifty), (test) => test.start().result(), { seeds: 0 });
const tookMs = performance.now() - startMs;
console.log(`explore: 50 steps, ${commits} commits, ${runs} runs: ${tookMs.toFixed(0)} ms`);
