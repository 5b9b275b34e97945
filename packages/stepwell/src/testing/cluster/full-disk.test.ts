import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterEach, expect, test } from "vitest";
import { startPostgres, type TestServer } from "../postgres-server.ts";
import { createOrder, ended, padded, run, start } from "./cluster.ts";
import { type NodeProcess, startNode } from "./node-process.ts";
import { mountSmallDisk } from "./small-disk.ts";

/** A word of SQL, which a schema may be named by too. */
const SCHEMA = "full";
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A PostgreSQL server whose disk can be filled, and emptied again. */
interface FillableServer {
  readonly url: string;
  fill(): unknown;
  free(): unknown;
}

/** The tables alone are on the small disk, or the write-ahead log too. */
async function onSmallDisk(disk: NonNullable<ReturnType<typeof mountSmallDisk>>, log: boolean) {
  closing.push(() => disk.remove());
  const wal = join(tmpdir(), `stepwell-wal-${process.pid}`);
  closing.push(() => rm(wal, { recursive: true, force: true }));
  const initdb = ["--wal-segsize=1", ...(log ? [] : [`--waldir=${wal}`])];
  const server = await startPostgres({ parent: disk.folder, initdb });
  closing.push(() => server.stop());
  return { ...server, fill: disk.fill, free: disk.free };
}

/** Where no file system can be mounted: the server says that it is full, with PostgreSQL's own code for it. */
async function saysFull(): Promise<FillableServer> {
  const server: TestServer = await startPostgres();
  closing.push(() => server.stop());
  const ask = async (sql: string) => {
    const client = new pg.Client({ connectionString: server.url, options: `-c search_path=${SCHEMA}` });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  return {
    url: server.url,
    fill: () =>
      ask(`CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
           CREATE TRIGGER full_disk BEFORE INSERT ON journal EXECUTE FUNCTION full_disk()`),
    free: () => ask("DROP FUNCTION full_disk CASCADE"),
  };
}

async function cluster(url: string): Promise<readonly [NodeProcess, NodeProcess]> {
  const folder = await mkdtemp(join(tmpdir(), "stepwell-full-"));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  const nodes = [await startNode(url, SCHEMA), await startNode(url, SCHEMA)] as const;
  closing.push(async () => {
    for (const { child } of nodes) child.kill("SIGKILL");
    await Promise.all(nodes.map(({ gone }) => gone));
  });
  await createOrder(nodes[0].client, join(folder, "record"));
  await Promise.all(nodes.map((node, i) => run(node.client, { id: `warm-${i}` })));
  return nodes;
}

/** Asks for orders until so many were refused; adds the ARNs of those that were acknowledged. */
async function askUntilRefused(
  nodes: readonly NodeProcess[],
  arns: string[],
  most: number,
): Promise<Error[]> {
  const refusals: Error[] = [];
  for (let i = 0; refusals.length < most; i++) {
    const order = padded({ id: `asked-${i}`, steps: 2, waits: i % 2 === 0 }, 500);
    await start(nodes[i % nodes.length]!.client, order).then(
      (arn) => arns.push(arn),
      (error) => refusals.push(error),
    );
  }
  return refusals;
}

const succeed = async (node: NodeProcess, arns: readonly string[]) => {
  const ends = await Promise.all(arns.map((arn) => ended(node.client, arn)));
  expect(new Set(ends.map(({ Status }) => Status))).toEqual(new Set(["SUCCEEDED"]));
};

const disks = { tables: mountSmallDisk(64), everything: mountSmallDisk(96) };
const isStubbed = disks.tables === undefined || disks.everything === undefined;

test(`nodes whose database's disk is full ${isStubbed ? "(which is stubbed: nothing may be mounted here) " : ""}refuse what they cannot keep, and end what they acknowledged when there is room`, async () => {
  const server = disks.tables ? await onSmallDisk(disks.tables, false) : await saysFull();
  const nodes = await cluster(server.url);
  const arns = await Promise.all(
    Array.from({ length: 6 }, (_, i) =>
      start(nodes[i % 2]!.client, { id: `before-${i}`, steps: 3, stepMs: 50, waits: true }),
    ),
  );
  await server.fill();
  const refusals = await askUntilRefused(nodes, arns, 4);
  for (const refusal of refusals) expect(refusal.name).toBe("ServiceException");
  expect(nodes.map(({ log }) => log()).join("")).toMatch(/The disk of .* is full.*Free some space/);
  // Those that were in flight cannot go on either, and wait.
  await delay(1500);
  await server.free();
  await succeed(nodes[0], arns);
  for (const node of nodes) expect(await run(node.client, { id: `after-${node.child.pid}` })).toBeDefined();
}, 240_000);

test.skipIf(disks.everything === undefined)(
  "what nodes acknowledged outlasts a database that its full disk has brought down, log and all",
  async () => {
    const server = await onSmallDisk(disks.everything!, true);
    const nodes = await cluster(server.url);
    const arns: string[] = [];
    const asking = askUntilRefused(nodes, arns, 1);
    while (arns.length < 10) await delay(10);
    server.fill();
    await asking;
    await delay(1500);
    // It may have ended by itself, and may be starting again and again: so it is with whoever looks after it.
    await server.crash();
    server.free();
    await server.restart();
    await succeed(nodes[1], arns);
    for (const node of nodes) expect(await run(node.client, { id: `after-${node.child.pid}` })).toBeDefined();
  },
  240_000,
);
