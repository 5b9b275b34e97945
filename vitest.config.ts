import { existsSync, statfsSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Where Linux keeps files in memory. */
const MEMORY = "/dev/shm";
const ENOUGH_BYTES = 4 * 1024 ** 3;
// Tests kill processes, never the machine: what they write need not reach a disk, which makes slow ones twice as slow.
if (process.env.TMPDIR === undefined && freeBytes(MEMORY) >= ENOUGH_BYTES) process.env.TMPDIR = MEMORY;

// Tests start some hundreds of servers and hosts, which compile the same modules each time (10% of all processor time).
process.env.NODE_COMPILE_CACHE ??= join(process.env.TMPDIR ?? tmpdir(), "stepwell-compiled");

/** Files that run for half a minute and more; one that began last would have the other workers wait for it. */
const LONG =
  /\/testing\/(crash|cluster)\/|\/(dev|probes|containment|scheduler|mappings|[a-z]+-faults)\.test\.ts$/;

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

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
    sequence: { sequencer: LongFirst },
    maxConcurrency: 3,
    // Many files wait for leases and timeouts of real processes: on two processors two at a time take much less.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // A busy machine may take seconds for what takes milliseconds otherwise.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
  },
});
