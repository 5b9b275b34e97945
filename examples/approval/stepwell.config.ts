import { defineConfig } from "stepwell";

export default defineConfig({
  functions: {
    approval: {
      handler: "src/approval.handler",
      timeoutSeconds: 30,
      durable: { executionTimeoutSeconds: 172_800, retentionDays: 14 },
      environment: { RECORD_FILE: process.env.RECORD_FILE ?? "record.txt" },
    },
  },
});
