import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const here = import.meta.dirname;

/** The folder of an installed package; undefined when there is none. */
function folderOf(name: string): string | undefined {
  const places = createRequire(import.meta.url).resolve.paths(name) ?? [];
  return places.map((place) => join(place, name)).find((place) => existsSync(place));
}

interface Runner {
  readonly name: string;
  /** The package that tests import `test` from. */
  readonly api: string;
  readonly installed: boolean;
  /** Node's arguments for some files of the folder that it runs in. */
  args(files: readonly string[]): string[];
  /** How it says that two tests have passed, and that one has failed. */
  readonly twoPassed: RegExp;
  readonly oneFailed: RegExp;
}

const jest = folderOf("jest");
const vitest = folderOf("vitest");
const RUNNERS: readonly Runner[] = [
  {
    name: "node:test",
    api: "node:test",
    installed: true,
    args: (files) => ["--test", ...files],
    twoPassed: /pass 2\n/,
    oneFailed: /fail 1\n/,
  },
  {
    name: "Vitest",
    api: "vitest",
    installed: vitest !== undefined,
    args: (files) => [join(vitest!, "vitest.mjs"), "run", "--root", ".", "--dir", ".", ...files],
    twoPassed: /2 passed/,
    oneFailed: /1 failed/,
  },
  {
    name: "Jest",
    api: "@jest/globals",
    installed: jest !== undefined,
    args: (files) => ["--experimental-vm-modules", join(jest!, "bin/jest.js"), "--rootDir", ".", ...files],
    twoPassed: /2 passed/,
    oneFailed: /1 failed/,
  },
];

const head = (api: string) => `
  import assert from "node:assert/strict";
  import { test } from "${api}";
  import { withDurableExecution } from "@stepwell/durable";
  import { testDurable } from "stepwell/testing";
  const handler = withDurableExecution(async (event, context) => {
    console.log("hello");
    await context.wait("a month", { days: 30 });
    return event.id;
  });`;
const passing = (api: string) => `${head(api)}
  test("a month", async () => {
    const run = testDurable(handler).start({ id: 7 });
    assert.equal(await run.result(), 7);
    assert.equal(run.logs.length, 2);
  });`;
const failing = (api: string) => `${head(api)}
  test("fails", async () => {
    await testDurable(handler).start({ id: 7 }).error();
  });`;

describe.each(RUNNERS)("Under $name", ({ api, installed, args, twoPassed, oneFailed }) => {
  let folder: string;

  beforeAll(async () => {
    // Beside the package, so that its imports are found as a user's are.
    folder = await mkdtemp(join(here, "../../.runners-"));
    const files = {
      "a.test.mjs": passing(api),
      "b.test.mjs": passing(api),
      "fails.test.mjs": failing(api),
      "jest.config.mjs": `export default { testMatch: ["**/*.test.mjs"], transform: {} };`,
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** What a run of some files prints. */
  async function output(...files: string[]): Promise<string> {
    const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", VITEST: "" };
    const ran = await promisify(execFile)(process.execPath, args(files), { cwd: folder, env }).catch(
      (error) => error,
    );
    return `${ran.stdout}${ran.stderr}`;
  }

  test.runIf(installed)("files run side by side, and nothing keeps them from ending", async () => {
    expect(await output("a.test.mjs", "b.test.mjs")).toMatch(twoPassed);
  });

  test.runIf(installed)("a test that fails prints the timeline of its execution", async () => {
    const text = await output("fails.test.mjs");
    expect(text).toMatch(oneFailed);
    expect(text).toContain("it succeeded with 7");
    expect(text).toMatch(/a month +Wait +SUCCEEDED/);
  });
});
