import { defineConfig } from "vitest/config";

/** For the suite with AWS's own library, which takes the timers of its whole process. */
export default defineConfig({ test: { include: ["suite.ts"], testTimeout: 30_000 } });
