import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

/** It has been seen to hang on a busy machine. */
const LONGEST_MS = 90_000;

test("The suite that passes on Stepwell's library passes on AWS's", { timeout: 2 * LONGEST_MS }, async () => {
  const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
  const root = join(import.meta.dirname, "aws-library");
  const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", VITEST: "" };
  const options = { env, cwd: root, timeout: LONGEST_MS, killSignal: "SIGKILL" } as const;
  const { stdout } = await promisify(execFile)(process.execPath, [vitest, "run", "--root", root], options);
  expect(stdout).toMatch(/Tests +8 passed \(8\)/);
});
