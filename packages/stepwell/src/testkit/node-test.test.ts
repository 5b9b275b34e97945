import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const here = import.meta.dirname;

test("Tests run under node:test, many files at a time, and nothing keeps them from ending", async () => {
  // Beside the package, so that its imports are found as a user's are.
  const folder = await mkdtemp(join(here, "../../.node-test-"));
  const file = `
    import assert from "node:assert/strict";
    import { test } from "node:test";
    import { withDurableExecution } from "@stepwell/durable";
    import { testDurable } from "stepwell/testing";
    test("a month", async () => {
      const handler = withDurableExecution(async (event, context) => {
        console.log("hello");
        await context.wait({ days: 30 });
        return event.id;
      });
      const run = testDurable(handler).start({ id: 7 });
      assert.equal(await run.result(), 7);
      assert.equal(run.logs.length, 2);
    });`;
  try {
    const names = ["a.test.mjs", "b.test.mjs"];
    for (const name of names) await writeFile(join(folder, name), file);
    const { stdout } = await run(process.execPath, ["--test", ...names], { cwd: folder });
    expect(stdout).toMatch(/pass 2\n/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
