import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type DevProcess, spawnDev } from "../fixtures/dev-process.ts";
import { runCli } from "../fixtures/terminal.ts";

let folder: string;
const running = new Set<DevProcess>();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stepwell-dev-"));
});
afterEach(async () => {
  for (const dev of running) dev.signal("SIGKILL");
  await Promise.all([...running].map(({ ended }) => ended));
  running.clear();
  await rm(folder, { recursive: true, force: true });
});

/** On any free port, unless the test says otherwise. */
async function dev(...argv: string[]): Promise<DevProcess> {
  const started = await spawnDev(argv.includes("--port") ? argv : [...argv, "--port", "0"]);
  running.add(started);
  return started;
}

function eventually(check: () => unknown): Promise<unknown> {
  return vi.waitFor(check, 30_000);
}

function cli(at: DevProcess, ...argv: string[]) {
  return runCli(argv, { env: { AWS_ENDPOINT_URL: at.url } });
}

async function writeApp(config: string, source = ""): Promise<void> {
  await writeFile(join(folder, "stepwell.config.mjs"), config);
  await writeFile(join(folder, "handlers.mjs"), source);
}

const APPROVAL = `
  import { withDurableExecution } from "@aws/durable-execution-sdk-js";
  export const approval = withDurableExecution(async (event, context) => {
    console.log("order " + event.order + "\\nis looked at");
    return await context.waitForCallback("ask for approval", async () => {});
  });
  export const slow = async () => { console.log("slow begins"); await new Promise((end) => setTimeout(end, 60_000)); };`;

const CONFIG = `export default {
  functions: {
    approval: { handler: "handlers.approval", durable: true },
    slow: { handler: "handlers.slow", timeoutSeconds: 120 },
  },
};`;

describe("an empty folder is an empty app", () => {
  test("which is ready in one line on stdout; all else that is said goes to stderr", async () => {
    const started = await dev(folder);
    await eventually(() => expect(started.written.stderr).toContain("AWS_ENDPOINT_URL"));
    expect(started.written.stdout).toMatch(/^ready http:\/\/127\.0\.0\.1:\d+ in \d+ ms\n$/);
    expect(started.written.stderr).toContain(`  functions  none yet`);
    expect(started.written.stderr).toMatch(/ {2}data {7}\S+\.stepwell\/stepwell\.db \(fsync \d+\.\d\d ms/);
    expect(started.written.stderr).toMatch(/ {2}logs {7}here/);
    expect(started.written.stderr).toContain(`export AWS_ENDPOINT_URL=${started.url} AWS_REGION=us-east-1`);
    expect(await started.stop()).toEqual({ exitCode: 0, signal: null });
    expect(started.written.stdout.split("\n")).toHaveLength(2);
    expect(await readdir(folder)).toEqual([".stepwell"]);
  });

  test("of which nothing is kept with --memory", async () => {
    const started = await dev(folder, "--memory");
    expect((await cli(started, "executions", "list")).exitCode).toBe(0);
    await started.stop();
    expect(started.written.stderr).toContain("nothing is kept");
    expect(await readdir(folder)).toEqual([]);
  });

  test("and is told as one JSON document with --json", async () => {
    const started = await dev(folder, "--memory", "--json");
    expect(JSON.parse(started.written.stdout)).toEqual({
      endpoint: started.url,
      readyMs: expect.any(Number),
    });
    await started.stop();
  });
});

describe("an app", () => {
  beforeEach(() => writeApp(CONFIG, APPROVAL));

  test("is served: its function runs, its log is shown after its name, its execution is found and goes on", async () => {
    const started = await dev(folder);
    await eventually(() => expect(started.written.stderr).toContain("functions  approval (durable), slow"));
    expect(started.written.stderr).toContain(
      `→ stepwell invoke approval --async --endpoint ${started.url}\n`,
    );

    const argv = ["invoke", "approval", "--async", "--name", "order-7", "--payload", '{"order":7}'];
    expect((await cli(started, ...argv)).exitCode).toBe(0);
    await eventually(async () => {
      expect((await cli(started, "executions", "show", "@last")).stdout).toContain(
        'callback "ask for approval":',
      );
    });
    expect(started.written.stderr).toMatch(/^approval \| .*order 7$/m);
    expect(started.written.stderr).toMatch(/^approval \| is looked at$/m);
    await eventually(() => expect(started.written.stderr).toMatch(/^approval \| REPORT RequestId: /m));
    expect(started.written.stderr).not.toMatch(/START RequestId|AWS refuses/);

    await cli(started, "callback", "succeed", "@last", "--result", "yes");
    await eventually(async () => {
      expect((await cli(started, "executions", "show", "order-7")).stdout).toMatch(/^order-7 {2}SUCCEEDED/);
    });
    await started.stop();
  });

  test("goes on where it was when it is started again", async () => {
    const data = join(folder, "elsewhere");
    const first = await dev(folder, "--data", data);
    await cli(first, "invoke", "approval", "--async", "--name", "order-8");
    await eventually(async () => {
      expect((await cli(first, "executions", "show", "order-8")).stdout).toContain("Waiting for");
    });
    expect(await first.stop()).toEqual({ exitCode: 0, signal: null });

    const second = await dev(folder, "--data", data);
    expect((await cli(second, "callback", "succeed", "@last")).stderr).toContain("of order-8 succeeded");
    await eventually(async () => {
      expect((await cli(second, "executions", "list")).stdout).toMatch(/^order-8\tapproval\tSUCCEEDED/);
    });
    await second.stop();
  });

  test("has limits from its config, before which the options of dev come, and which follow a saved config", async () => {
    const limited = (operations: number) =>
      writeApp(
        CONFIG.replace("functions:", `limits: { operationsPerExecution: ${operations} }, functions:`),
        `import { withDurableExecution } from "@aws/durable-execution-sdk-js";
        export const approval = withDurableExecution(async (event, context) => {
          for (let i = 0; i < 5; i++) await context.step("s" + i, async () => i);
        });
        export const slow = async () => {};`,
      );
    const endOf = async (started: DevProcess, name: string) => {
      await cli(started, "invoke", "approval", "--async", "--name", name);
      return vi.waitFor(async () => {
        const shown = JSON.parse((await cli(started, "executions", "show", name, "--json")).stdout);
        expect(shown.Status).not.toBe("RUNNING");
        return shown;
      }, 30_000);
    };
    await limited(2);
    const started = await dev(folder, "--memory");
    const failed = await endOf(started, "too-many");
    expect(failed.Status).toBe("FAILED");
    expect(JSON.stringify(failed.Error)).toMatch(/operations/i);
    await limited(100);
    await eventually(async () => {
      expect((await endOf(started, `again-${Math.random().toString(36).slice(2)}`)).Status).toBe("SUCCEEDED");
    });
    await started.stop();

    const raised = await dev(folder, "--memory", "--max-operations", "3");
    expect((await endOf(raised, "too-many")).Status).toBe("FAILED");
    await raised.stop();
  });

  test("in another region is greeted with commands for that region", async () => {
    await writeApp(CONFIG.replace("functions:", 'region: "eu-central-1", functions:'), APPROVAL);
    const started = await dev(folder, "--memory");
    await eventually(() => expect(started.written.stderr).toContain("--region eu-central-1"));
    expect(started.written.stderr).toContain("functions  approval (durable), slow");
    expect(started.written.stderr).toContain("AWS_REGION=eu-central-1");
    await started.stop();
  });

  test("stops at once at the second Ctrl-C, with 130, while a function still runs", async () => {
    const started = await dev(folder, "--memory");
    await cli(started, "invoke", "slow", "--async");
    await eventually(() => expect(started.written.stderr).toContain("slow begins"));
    started.signal("SIGINT");
    await eventually(() => expect(started.written.stderr).toContain("Once more stops at once."));
    started.signal("SIGINT");
    expect(await started.ended).toEqual({ exitCode: 130, signal: null });
  });

  test("stops with 0 at the first Ctrl-C", async () => {
    const started = await dev(folder, "--memory");
    started.signal("SIGINT");
    expect(await started.ended).toEqual({ exitCode: 0, signal: null });
  });
});

describe("what keeps it from starting is one message without a stack", () => {
  async function refused(...argv: string[]): Promise<{ exitCode: number | null; stderr: string }> {
    const started = await dev(...argv);
    const { exitCode } = await started.ended;
    expect(started.written.stdout).toBe("");
    expect(started.written.stderr).toMatch(/^error: /);
    expect(started.written.stderr).not.toMatch(/\n {4}at /);
    return { exitCode, stderr: started.written.stderr };
  }

  test("a port in use", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const port = String((server.address() as AddressInfo).port);
    const { exitCode, stderr } = await refused(folder, "--port", port);
    server.close();
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(
      new RegExp(
        `^error: Port ${port} on 127.0.0.1 is in use.*\\nFor another port: stepwell dev --port 4567\\.\\n$`,
      ),
    );
  });

  test("an address that other machines reach, without signatures", async () => {
    const { exitCode, stderr } = await refused(folder, "--host", "192.0.2.1");
    expect(exitCode).toBe(4);
    expect(stderr).toContain("Whoever reaches 192.0.2.1 could run code");
  });

  test("data in use by another process", async () => {
    const first = await dev(folder);
    const { exitCode, stderr } = await refused(folder);
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/is in use by process \d+ on /);
    expect(stderr).toContain("\nFor data of its own: stepwell dev --data FOLDER, or --memory.\n");
    expect((await cli(first, "executions", "list")).exitCode).toBe(0);
    await first.stop();
  });

  test("a folder that is not there, or is a file", async () => {
    expect(await refused(join(folder, "nowhere"))).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining("There is no folder"),
    });
    await writeFile(join(folder, "file"), "");
    expect(await refused(join(folder, "file"))).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("is not a folder"),
    });
  });

  test("data that cannot be kept there", async () => {
    await writeFile(join(folder, "file"), "");
    const { exitCode } = await refused(folder, "--data", join(folder, "file"));
    expect(exitCode).toBe(1);
  });

  test.for([
    ["a config that does not compile", "export default {", "stepwell.config.mjs:1:"],
    [
      "a config with a wrong setting",
      'export default { functions: { f: { handler: "handlers.approval", timeout: 3 } } }',
      "functions.f.timeout is unknown",
    ],
    [
      "a function without its source",
      'export default { functions: { f: { handler: "missing.handler" } } }',
      "missing",
    ],
    [
      "a function that its source does not export",
      'export default { functions: { f: { handler: "handlers.nobody" } } }',
      "nobody",
    ],
  ] as const)("%s", async ([, config, message]) => {
    await writeApp(config, APPROVAL);
    const { exitCode, stderr } = await refused(folder, "--memory");
    expect(exitCode).toBe(4);
    expect(stderr).toContain(message);
  });

  test("a config that throws, with where it did", async () => {
    await writeApp('throw new Error("not today")');
    const started = await dev(folder, "--memory");
    expect(await started.ended).toEqual({ exitCode: 4, signal: null });
    expect(started.written.stderr).toMatch(
      /^error: stepwell\.config\.mjs throws when it is loaded: Error: not today\n/,
    );
  });
});
