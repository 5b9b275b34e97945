import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import {
  CreateFunctionCommand,
  GetDurableExecutionCommand,
  GetDurableExecutionHistoryCommand,
  InvokeCommand,
  LambdaClient,
  ListDurableExecutionsByFunctionCommand,
  PublishLayerVersionCommand,
  SendDurableExecutionCallbackSuccessCommand,
} from "@aws-sdk/client-lambda";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../../cli/fixtures/terminal.ts";
import { RealClock } from "../../kernel/clock.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { makeZip } from "../../lambda/fixtures/zip.ts";
import { openNode, type StepwellNode } from "../../node.ts";
import { openStore } from "../../store/open.ts";
import { sharedPostgresUrl } from "../postgres-server.ts";

let url: string;
let folder: string;
let record: string;
/** A node's data with executions in every state; the node is gone. */
let filled: string;
const arns = new Map<string, string>();

const STATES = ["sleeping", "callback", "retrying", "chained", "running", "large", "done"];

async function served(
  data: string,
  schema = "stepwell",
): Promise<{ node: StepwellNode; client: LambdaClient }> {
  const node = await openNode({ data, schema, log: silentLogger });
  const { url: endpoint } = await node.listen({ port: 0, host: "127.0.0.1" });
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  return { node, client: new LambdaClient({ endpoint, region: "us-east-1", maxAttempts: 1, credentials }) };
}

beforeAll(async () => {
  url = await sharedPostgresUrl();
  folder = await mkdtemp(join(tmpdir(), "stepwell-copy-"));
  record = join(folder, "record");
  filled = join(folder, "filled");
  const { node, client } = await served(filled);
  const content = await readFile(new URL("./states.mjs", import.meta.url), "utf8");
  const ZipFile = makeZip([{ name: "states.mjs", content }]);
  for (const name of ["states", "failing"]) {
    await client.send(
      new CreateFunctionCommand({
        ...{ FunctionName: name, Runtime: "nodejs22.x", Handler: `states.${name}`, Timeout: 60 },
        ...{ Role: "arn:aws:iam::000000000000:role/copy", Code: { ZipFile } },
        Environment: { Variables: { RECORD: record } },
        ...(name === "states" ? { DurableConfig: { ExecutionTimeout: 600, RetentionPeriodInDays: 1 } } : {}),
      }),
    );
  }
  await client.send(new PublishLayerVersionCommand({ LayerName: "shared", Content: { ZipFile } }));
  await client.send(
    new InvokeCommand({ FunctionName: "failing", InvocationType: "Event", Payload: Buffer.from("{}") }),
  );
  for (const state of STATES) {
    const { DurableExecutionArn } = await client.send(
      new InvokeCommand({
        ...{ FunctionName: "states:$LATEST", InvocationType: "Event", DurableExecutionName: state },
        Payload: Buffer.from(JSON.stringify({ state })),
      }),
    );
    arns.set(state, DurableExecutionArn!);
  }
  const begun = STATES.map((state) => `${state} before`);
  while (!begun.every((line) => recorded().includes(line))) await delay(20);
  await status(client, "done", "SUCCEEDED");
  await delay(300);
  client.destroy();
  await node.close(0);
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

function recorded(): string[] {
  const text = process.getBuiltinModule("node:fs").readFileSync(record, { encoding: "utf8", flag: "a+" });
  return text.split("\n").filter(Boolean);
}

async function status(client: LambdaClient, state: string, expected: string): Promise<void> {
  for (;;) {
    const { Status } = await client.send(
      new GetDurableExecutionCommand({ DurableExecutionArn: arns.get(state)! }),
    );
    if (Status === expected) return;
    expect(Status).toBe("RUNNING");
    await delay(50);
  }
}

async function callbackId(client: LambdaClient): Promise<string> {
  const { Events } = await client.send(
    new GetDurableExecutionHistoryCommand({ DurableExecutionArn: arns.get("callback")! }),
  );
  return Events!.find((event) => event.CallbackStartedDetails)!.CallbackStartedDetails!.CallbackId!;
}

/** A copy of a folder with executions in every state. */
async function another(name: string): Promise<string> {
  const to = join(folder, name);
  await cp(filled, to, { recursive: true });
  return to;
}

/** What a store makes for itself. */
const NOT_COPIED = /^sqlite_|^(stepwell_schema|nodes|flushes|blob_uploads|blob_chunks)$/;

/** All rows of every table that a copy must carry over. */
function contents(data: string): Record<string, unknown[]> {
  const database = new DatabaseSync(join(data, "stepwell.db"), { readOnly: true });
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  const rows = tables
    .map(({ name }) => String(name))
    .filter((name) => !NOT_COPIED.test(name))
    .map((name) => {
      const statement = database.prepare(`SELECT * FROM ${name} ORDER BY 1, 2`);
      statement.setReadBigInts(true);
      return [name, statement.all()] as const;
    });
  database.close();
  return Object.fromEntries(rows);
}

type WorkRow = { readonly owner: string | null; readonly version: bigint };

/** A work item as a copy has it: nobody holds it. */
function freed(row: unknown): unknown {
  const { owner, version } = row as WorkRow;
  return owner === null ? row : { ...(row as WorkRow), owner: null, version: version + 1n };
}

/** Gives every table that is empty a row, whatever its columns are, and has somebody hold a work item. */
function fillEmptyTables(data: string): void {
  const database = new DatabaseSync(join(data, "stepwell.db"));
  database.exec("UPDATE work SET owner = 'lost' WHERE kind = 'async-invocation' OR kind = 'execution'");
  for (const { name } of database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()) {
    const table = String(name);
    if (NOT_COPIED.test(table)) continue;
    if (database.prepare(`SELECT 1 FROM ${table}`).get()) continue;
    const columns = database.prepare(`PRAGMA table_info(${table})`).all();
    const values = columns.map(({ type }, i) => {
      if (type === "INTEGER") return 2n ** 60n + BigInt(i);
      return type === "BLOB" ? new Uint8Array([0, 255, 92, i]) : `é"'\\{},${i}\n`;
    });
    const places = columns.map(() => "?").join(", ");
    // `integer` of PostgreSQL has 32 bits.
    if (table === "virtual_time") values[0] = 1n;
    database.prepare(`INSERT INTO ${table} VALUES (${places})`).run(...values);
  }
  database.close();
}

describe("all data is copied", () => {
  test("from a folder to PostgreSQL and back, every table", async () => {
    const source = await another("every-table");
    fillEmptyTables(source);
    const there = await runCli(["copy", "--from", source, "--to", url, "--schema", "every_table"]);
    expect(there).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("Copied from") });
    expect(there.stdout).toMatch(/^TABLE +ROWS\n/);
    const back = join(folder, "back");
    const ran = await runCli(["copy", "--from", url, "--to", back, "--schema", "every_table", "--json"]);
    expect(ran).toMatchObject({ exitCode: 0, stderr: "" });
    const before = contents(source);
    const after = contents(back);
    expect(Object.keys(after)).toEqual(Object.keys(before));
    for (const [table, rows] of Object.entries(before)) {
      expect(rows.length, table).toBeGreaterThan(0);
      expect(after[table], table).toEqual(table === "work" ? rows.map(freed) : rows);
    }
    expect(JSON.parse(ran.stdout).tables.executions).toBe(before.executions!.length);
    const blobs = async (data: string) =>
      (await readdir(join(data, "blobs"))).filter((name) => name !== "incoming").sort();
    expect(await blobs(back)).toEqual(await blobs(source));
    for (const name of await blobs(back)) {
      const bytes = await Promise.all([source, back].map((data) => readFile(join(data, "blobs", name))));
      expect(bytes[0]!.equals(bytes[1]!)).toBe(true);
    }
  }, 60_000);

  test.each([
    ["PostgreSQL", "moved"],
    ["another folder", undefined],
  ])(
    "and executions in every state go on at %s",
    async (_title, schema) => {
      const source = await another(`to-${schema ?? "folder"}`);
      await rm(record, { force: true });
      const to = schema === undefined ? join(folder, "moved") : url;
      const ran = await runCli(["copy", "--from", source, "--to", to, "--schema", schema ?? "unused"]);
      expect(ran).toMatchObject({ exitCode: 0 });
      const { node, client } = await served(to, schema);
      try {
        await client.send(
          new SendDurableExecutionCallbackSuccessCommand({
            CallbackId: await callbackId(client),
            Result: Buffer.from('"yes"'),
          }),
        );
        await Promise.all(STATES.map((state) => status(client, state, "SUCCEEDED")));
        // What was done before was not done again, and new ones can be started.
        expect(recorded().filter((line) => line.endsWith(" before"))).toEqual([]);
        const { Payload } = await client.send(
          new InvokeCommand({ FunctionName: "states:$LATEST", Payload: Buffer.from('{"state":"new"}') }),
        );
        expect(JSON.parse(Buffer.from(Payload!).toString())).toMatchObject({ state: "new" });
        const { DurableExecutions } = await client.send(
          new ListDurableExecutionsByFunctionCommand({ FunctionName: "states" }),
        );
        // The chained one has started another.
        expect(DurableExecutions).toHaveLength(STATES.length + 2);
      } finally {
        client.destroy();
        await node.close(0);
      }
    },
    60_000,
  );
});

describe("a copy is refused, and changes nothing,", () => {
  const refused = async (argv: readonly string[], exitCode = 4) => {
    const ran = await runCli(["copy", ...argv]);
    expect(ran).toMatchObject({ exitCode, stdout: "" });
    return ran.stderr;
  };

  test("while the source is in use", async () => {
    const { node, client } = await served(join(folder, "in-use"));
    client.destroy();
    try {
      const said = await refused(["--from", join(folder, "in-use"), "--to", join(folder, "unused")]);
      expect(said).toMatch(/is in use by process \d+.*Stop that process/s);
    } finally {
      await node.close(0);
    }
  });

  test("while a node is alive on the source's PostgreSQL", async () => {
    const { node, client } = await served(url, "alive");
    client.destroy();
    const said = await refused(["--from", url, "--schema", "alive", "--to", join(folder, "unused")]);
    expect(said).toMatch(/A node on \S+ used .* Stop all nodes/);
    await node.close(0);
    expect(
      await runCli(["copy", "--from", url, "--schema", "alive", "--to", join(folder, "stopped")]),
    ).toMatchObject({
      exitCode: 0,
    });
  });

  test("to a place that has data", async () => {
    const source = await another("full");
    expect(await refused(["--from", source, "--to", filled])).toMatch(/has data already/);
    const { node, client } = await served(url, "taken");
    client.destroy();
    await node.close(0);
    expect(await refused(["--from", source, "--to", url, "--schema", "taken"])).toMatch(/has tables already/);
    // It still is a store.
    const store = await openStore(url, { schema: "taken", clock: new RealClock(), log: silentLogger });
    await store.close();
  });

  test("from a place without data, or onto itself", async () => {
    expect(await refused(["--from", join(folder, "none"), "--to", url])).toMatch(/no data of Stepwell in/);
    expect(await refused(["--from", url, "--schema", "none", "--to", join(folder, "x")])).toMatch(
      /no data of Stepwell/,
    );
    expect(await refused(["--from", url, "--to", url])).toMatch(/would go where it comes from/);
    expect(await refused(["--from", ":memory:", "--to", url])).toMatch(/Data in memory/);
    expect(await refused(["--from", filled, "--to", "postgres://"], 1)).toMatch(/cannot be used/);
  });

  test("of data that a newer Stepwell has used", async () => {
    const source = await another("newer");
    const database = new DatabaseSync(join(source, "stepwell.db"));
    database.exec("INSERT INTO stepwell_schema VALUES (999, 'newer', 0)");
    database.close();
    expect(await refused(["--from", source, "--to", url, "--schema", "newer"])).toMatch(
      /version 999.*Update stepwell/s,
    );
    expect(await schemas()).not.toContain("newer");
  });
});

async function schemas(): Promise<string[]> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query("SELECT nspname FROM pg_namespace");
  await client.end();
  return rows.map(({ nspname }) => nspname);
}

test("a copy that cannot be made says why, and what to do", async () => {
  const source = await another("missing-blob");
  const name = (await readdir(join(source, "blobs"))).find((found) => found !== "incoming")!;
  await rm(join(source, "blobs", name));
  const { exitCode, stderr } = await runCli(["copy", "--from", source, "--to", join(folder, "no-blob")]);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^error: Copying from .* failed: ENOENT.*then copy again\.\n$/s);
});

describe("a copy that was interrupted", () => {
  test.each(["PostgreSQL", "folder"])(
    "leaves a %s that no node starts on, and is started over",
    async (kind) => {
      const source = await another(`interrupted-${kind}`);
      const blobs = join(source, "blobs");
      const name = (await readdir(blobs)).find((found) => found !== "incoming")!;
      const whole = await readFile(join(blobs, name));
      await writeFile(join(blobs, name), whole.subarray(1));
      const to = kind === "folder" ? join(folder, "interrupted-target") : url;
      const argv = ["copy", "--from", source, "--to", to, "--schema", "interrupted"];
      const ran = await runCli(argv);
      expect(ran).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/blob \w+ of .* is damaged/) });
      const start = () => openStore(to, { schema: "interrupted", clock: new RealClock(), log: silentLogger });
      await expect(start()).rejects.toThrow(/was interrupted\. Copy again/);

      await writeFile(join(blobs, name), whole);
      expect(await runCli(argv)).toMatchObject({ exitCode: 0 });
      await (await start()).close();
    },
    60_000,
  );
});
