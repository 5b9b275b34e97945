import { existsSync, statfsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Where Linux keeps files in memory. */
const MEMORY = "/dev/shm";
const ENOUGH_BYTES = 4 * 1024 ** 3;
// Tests kill processes, never the machine: what they write need not reach a disk, which makes slow ones twice as slow.
if (process.env.TMPDIR === undefined && freeBytes(MEMORY) >= ENOUGH_BYTES) process.env.TMPDIR = MEMORY;

/** 0 where there is no such folder. */
function freeBytes(folder: string): number {
  if (!existsSync(folder)) return 0;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

export default defineConfig({
  test: {
    include: ["packages/*/{src,generate}/**/*.test.ts", "examples/**/*.test.ts", "bench/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    globalSetup: ["packages/stepwell/src/testing/postgres-server.ts"],
    maxConcurrency: 3,
    // Many files wait for leases and timeouts of real processes: on two processors two at a time take much less.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A busy machine may take seconds for what takes milliseconds otherwise.
    expect: { poll: { timeout: 20_000 } },
  },
});
