import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import { expect } from "vitest";
import { RealClock } from "../../kernel/clock.ts";
import type { Activity } from "./activities/activity.ts";
import { readExecutions, type ShownExecution } from "./aftermath.ts";
import { clientOf } from "./client.ts";
import { createFunctions } from "./functions.ts";
import { type Fault, planOf } from "./plan.ts";
import { EffectRecord } from "./record.ts";
import { processesIn, type ServerProcess, startServer } from "./server-process.ts";
import { readContents, type StoreContents, unreclaimedBlobs } from "./store-contents.ts";

/** One server, from its start to its end. */
export interface Life {
  readonly fault: Fault | undefined;
  /** Its process id, which effects name. */
  readonly server: number;
  /** How many hosts of its functions were killed. */
  readonly hostKills: number;
  /** Of a server that was asked to stop. */
  readonly exitCode: number | null;
  /** What it has left on the disk. */
  readonly contents: StoreContents;
}

export interface SeedRun {
  readonly activities: readonly Activity[];
  readonly lives: readonly Life[];
  /** As the last server showed them. */
  readonly executions: readonly ShownExecution[];
  readonly record: EffectRecord;
  /** Blobs that are left for ever. */
  readonly unreclaimed: readonly string[];
}

interface Running {
  readonly folder: string;
  readonly startMs: number;
  readonly record: EffectRecord;
  readonly activities: readonly Activity[];
  readonly servers: ServerProcess[];
}

/** How long a server may take to go, and a host after its server. */
const LINGER_MS = 60_000;
/** How long all activities may take with one server: many times of what they need. */
const LONGEST_LIFE_MS = 90_000;

/**
 * All activities of a seed, through all of its faults. Everything is kept in `folder`, what the servers said too;
 * `servers` gets every server, for the caller to clean up.
 */
export async function runSeed(seed: number, folder: string, servers: ServerProcess[]): Promise<SeedRun> {
  const { activities: wanted, faults, random } = planOf(seed);
  const record = new EffectRecord(join(folder, "record.txt"));
  const activities = wanted.map((Activity) => new Activity({ record, random }));
  const run: Running = { folder, startMs: new RealClock().now(), record, activities, servers };
  let executions: readonly ShownExecution[] = [];
  const lives: Life[] = [];
  for (const fault of [...faults, undefined]) {
    const read = async (client: LambdaClient) => {
      executions = await readExecutions(client);
    };
    lives.push(await live(run, fault, fault ? async () => {} : read));
  }
  return { activities, lives, executions, record, unreclaimed: await unreclaimedBlobs(join(folder, "data")) };
}

async function live(
  { folder, startMs, record, activities, servers }: Running,
  fault: Fault | undefined,
  last: (client: LambdaClient) => Promise<void>,
): Promise<Life> {
  const data = join(folder, "data");
  const env: Record<string, string> = fault?.kind === "commit" ? { STEPWELL_CRASH: fault.plan } : {};
  const server = startServer({ data, startMs, env });
  servers.push(server);
  const befalls = befall(server, fault, folder);
  const url = await server.ready;
  if (url) {
    const client = clientOf(url);
    try {
      await createFunctions(client, record.file);
      await settled(server, activities, client);
      await last(client);
    } catch (error) {
      const mayGo = fault !== undefined && fault.kind !== "hosts";
      if (isAssertion(error) || !mayGo || !(await within(LINGER_MS, server.gone))) throw error;
    } finally {
      client.destroy();
      writeFileSync(join(folder, `server-${server.child.pid}.log`), server.stderr());
    }
  }
  befalls.over();
  if (fault === undefined || fault.kind === "stop") server.stop();
  else server.kill();
  if (!(await within(LINGER_MS, server.gone))) throw new Error("The server does not end.");
  await noProcessIn(folder);
  return {
    fault,
    server: server.child.pid!,
    hostKills: befalls.hostKills(),
    exitCode: await server.gone,
    contents: await readContents(data),
  };
}

/** Has a fault happen to a server. */
function befall(server: ServerProcess, fault: Fault | undefined, folder: string) {
  let over = false;
  let hostKills = 0;
  const happens = async () => {
    if (fault?.kind === "start-up") {
      await sleep(fault.afterMs);
      server.kill();
    }
    if (!fault || !(await server.ready)) return;
    if (fault.kind === "kill" || fault.kind === "stop") {
      await sleep(fault.afterMs);
      if (over) return;
      if (fault.kind === "kill") server.kill();
      else server.stop();
    }
    if (fault.kind === "hosts") {
      await sleep(fault.afterMs);
      const hosts = over ? [] : processesIn(folder);
      for (const host of hosts) process.kill(host, "SIGKILL");
      hostKills = hosts.length;
    }
  };
  void happens();
  return {
    over: () => {
      over = true;
    },
    hostKills: () => hostKills,
  };
}

/** Waits for all, so that none goes on into the next life; then rejects with what most deserves to be told. */
async function settled(
  server: ServerProcess,
  activities: readonly Activity[],
  client: LambdaClient,
): Promise<void> {
  const unfinished = new Set(activities);
  const errors: unknown[] = [];
  const all = activities.map(async (activity) => {
    await activity.drive(client).catch((error: unknown) => errors.push(error));
    unfinished.delete(activity);
  });
  if (!(await within(LONGEST_LIFE_MS, Promise.all(all)))) {
    const names = [...unfinished].map((activity) => activity.constructor.name);
    server.kill();
    expect.fail(`These do not come to an end: ${names.join(", ")}`);
  }
  if (errors.length > 0) throw errors.find(isAssertion) ?? errors[0];
}

function isAssertion(error: unknown): boolean {
  return (error as Error).name === "AssertionError";
}

async function within(ms: number, promise: Promise<unknown>): Promise<boolean> {
  return Promise.race([promise.then(() => true), sleep(ms, false, { ref: false })]);
}

/** A host ends by itself when its server is gone. */
async function noProcessIn(folder: string): Promise<void> {
  const clock = new RealClock();
  for (const endMs = clock.now() + LINGER_MS; processesIn(folder).length > 0; await sleep(20)) {
    if (clock.now() > endMs) throw new Error(`Processes are left: ${processesIn(folder)}`);
  }
}
