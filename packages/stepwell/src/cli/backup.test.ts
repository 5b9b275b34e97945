import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type DevProcess, spawnDev } from "./fixtures/dev-process.ts";
import { serve } from "./fixtures/served.ts";
import { runCli } from "./fixtures/terminal.ts";

const SOURCE = `
  import { withDurableExecution } from "@stepwell/durable";
  export const work = withDurableExecution(async (event, context) => {
    let sum = 0;
    for (let i = 0; i < 20; i++) {
      sum += await context.step("s" + i, async () => i);
      if (i % 5 === 0) await context.wait("w" + i, { seconds: 1 });
    }
    return sum;
  });`;
const CONFIG = `export default { functions: { work: { handler: "handlers.work", durable: true, timeoutSeconds: 30 } } };`;

/** Looking is work for the server too. */
const PATIENT = { timeout: 60_000, interval: 500 };

let folder: string;
const running = new Set<DevProcess>();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stepwell-backup-"));
  await writeFile(join(folder, "stepwell.config.mjs"), CONFIG);
  await writeFile(join(folder, "handlers.mjs"), SOURCE);
});
afterEach(async () => {
  for (const dev of running) dev.signal("SIGKILL");
  await Promise.all([...running].map(({ ended }) => ended));
  running.clear();
  await rm(folder, { recursive: true, force: true });
});

async function dev(...argv: string[]): Promise<DevProcess> {
  const started = await spawnDev([folder, "--port", "0", ...argv]);
  running.add(started);
  return started;
}
const cli = (at: DevProcess, ...argv: string[]) => runCli(argv, { env: { AWS_ENDPOINT_URL: at.url } });

async function statuses(at: DevProcess): Promise<Map<string, string>> {
  const { lines } = await cli(at, "executions", "list", "--max", "500");
  return new Map(lines.map((line) => [line.split("\t")[0]!, line.split("\t")[2]!]));
}

test("of a server that is busy holds everything acknowledged before, and all of it completes from there", async () => {
  const busy = await dev();
  const start = (from: number, to: number) =>
    Promise.all(
      Array.from({ length: to - from }, (_, i) =>
        cli(busy, "invoke", "work", "--async", "--name", `work-${from + i}`),
      ),
    );
  await start(0, 40);
  const copy = join(folder, "backups", "monday");
  const [ran] = await Promise.all([cli(busy, "backup", copy), start(40, 80)]);
  expect(ran).toMatchObject({ exitCode: 0, stdout: `${copy}\n` });
  expect(ran.stderr).toContain(`→ stepwell dev APP --data ${copy}`);
  expect((await cli(busy, "backup", copy)).exitCode).toBe(4);
  busy.signal("SIGKILL");
  await busy.ended;

  const restored = await dev("--data", copy);
  await vi.waitFor(async () => {
    const found = await statuses(restored);
    for (let i = 0; i < 40; i++) expect([i, found.get(`work-${i}`)]).toEqual([i, "SUCCEEDED"]);
    expect(new Set(found.values())).toEqual(new Set(["SUCCEEDED"]));
  }, PATIENT);
  const { stdout } = await cli(restored, "executions", "show", "work-7", "--json");
  expect(JSON.parse(stdout)).toMatchObject({ Result: "190" });
}, 90_000);

test("of a server that is stopped is made from its folder, which no running one may hold", async () => {
  const started = await dev();
  await cli(started, "invoke", "work", "--async", "--name", "before");
  const data = join(folder, ".stepwell");
  const held = await runCli(["backup", join(folder, "copy"), "--data", data]);
  expect(held).toMatchObject({ exitCode: 4, stdout: "" });
  expect(held.stderr).toContain("leave out --data");
  await started.stop();

  const ran = await runCli(["backup", join(folder, "copy"), "--data", data, "--json"]);
  expect([ran.exitCode, JSON.parse(ran.stdout), ran.stderr]).toEqual([
    0,
    { Folder: join(folder, "copy") },
    "",
  ]);
  const again = await runCli(["backup", join(folder, "copy"), "--data", data]);
  expect(again).toMatchObject({ exitCode: 4, stderr: expect.stringContaining("already holds a database") });
  const restored = await dev("--data", join(folder, "copy"));
  await vi.waitFor(async () => expect((await statuses(restored)).get("before")).toBe("SUCCEEDED"), 30_000);
});

test("of nothing, of memory, and into a place that cannot be written, is refused and leaves nothing", async () => {
  const nothing = await runCli(["backup", join(folder, "copy"), "--data", join(folder, "nowhere")]);
  expect(nothing).toMatchObject({ exitCode: 3, stderr: expect.stringContaining("no data of Stepwell in") });

  const stepwell = await serve();
  const memory = await stepwell.cli(["backup", join(folder, "copy")]);
  expect(memory).toMatchObject({ exitCode: 4, stderr: expect.stringContaining("in memory") });
  await stepwell.close();

  const started = await dev();
  const file = join(folder, "handlers.mjs", "copy");
  const refused = await cli(started, "backup", file);
  expect(refused).toMatchObject({ exitCode: 4, stderr: expect.stringContaining(file) });
  expect(await readdir(folder)).not.toContain("copy");
});
