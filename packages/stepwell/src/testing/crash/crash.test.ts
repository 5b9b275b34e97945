import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { expectInvariants } from "./invariants.ts";
import { planOf } from "./plan.ts";
import { runSeed } from "./run-seed.ts";
import type { ServerProcess } from "./server-process.ts";

/** A test that fails or times out leaves its server behind. */
const servers: ServerProcess[] = [];
afterAll(() => {
  for (const server of servers) server.kill();
});

/** STEPWELL_CRASH_SEEDS says how many, or, as FROM-TO, which. */
function seeds(): number[] {
  const [count, last] = (process.env.STEPWELL_CRASH_SEEDS ?? "6").split("-").map(Number) as [number, number?];
  const first = last === undefined ? 0 : count;
  const beyond = last === undefined ? count : last + 1;
  return Array.from({ length: beyond - first }, (_, i) => first + i);
}

describe("a server to which anything happens goes on where it was", () => {
  test.concurrent.each(seeds())("seed %i", { timeout: 300_000 }, async (seed) => {
    const { activities, faults } = planOf(seed);
    const what = `${activities.map(({ name }) => name).join(", ")}; ${JSON.stringify(faults)}`;
    const folder = mkdtempSync(join(tmpdir(), "stepwell-crash-"));
    try {
      const run = await runSeed(seed, folder, servers);
      await expectInvariants(run);
      expect(run.lives).toHaveLength(faults.length + 1);
    } catch (error) {
      (error as Error).message +=
        `\n${what}\nTo see it again: STEPWELL_CRASH_SEEDS=${seed}-${seed} npx vitest run crash.test\n` +
        `Its data and what the servers said: ${folder}`;
      throw error;
    }
    rmSync(folder, { recursive: true });
  });
});
