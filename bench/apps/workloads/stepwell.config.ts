import { defineConfig } from "stepwell";

const settings = {
  timeoutSeconds: 60,
  memoryMb: 1024,
  /** The bench sets and prints it. */
  concurrency: Number(process.env.BENCH_FUNCTION_CONCURRENCY ?? 1024),
  durable: { executionTimeoutSeconds: 900, retentionDays: 1 },
};

export default defineConfig({
  functions: {
    durable: { handler: "src/durable.handler", ...settings },
    aws: { handler: "src/aws.handler", ...settings },
  },
});
