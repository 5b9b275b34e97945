import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

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
