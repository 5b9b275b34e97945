import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { VirtualClock } from "../kernel/clock.ts";
import type { CallContext } from "../kernel/context.ts";
import { Dispatcher } from "../kernel/dispatcher.ts";
import { RealIds } from "../kernel/ids.ts";
import { silentLogger } from "../kernel/logger.ts";
import { OperationTable } from "../kernel/operations.ts";
import { validate } from "../kernel/schema/validate.ts";
import { NO_SIGNALS } from "../kernel/signals.ts";
import { Targets } from "../kernel/targets.ts";
import { work } from "../kernel/work.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import { insert, type Store, statement } from "../store/store.ts";
import { createSchedulerService } from "./service.ts";

const QUEUE = "arn:aws:sqs:us-east-1:000000000000:orders";
const deliver = insert("test.restart.deliver", "inbox", {
  execution: "text",
  id: "text",
  at: "bigint",
  data: "text",
});
const deliveries = statement("test.restart.deliveries", "SELECT data FROM inbox ORDER BY data");
const MINUTE_MS = 60_000;

let folder: string;
const clock = new VirtualClock();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stepwell-schedules-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A node's life; with `dies` it ends at the first delivery: before it is stored, or when nobody knows it yet. */
async function live(dies?: "before" | "after") {
  const opened = await openSqliteStore({ folder, clock, log: silentLogger });
  let dead = false;
  const never = () => new Promise<never>(() => {});
  const store: Store = {
    ...{ kind: opened.kind, info: opened.info, close: () => opened.close() },
    ...{ putBlob: opened.putBlob.bind(opened), openBlob: opened.openBlob.bind(opened) },
    collectBlobs: opened.collectBlobs.bind(opened),
    read: (...args) => (dead ? never() : opened.read(...args)),
    async commit(changes, options) {
      const last = dies !== undefined && changes.some((change) => change.statement === deliver);
      if (dead || (last && dies === "before")) {
        dead = true;
        return never();
      }
      const result = await opened.commit(changes, options);
      if (!last) return result;
      dead = true;
      return never();
    },
  };
  const ids = new RealIds(clock);
  const shared = { store, clock, log: silentLogger, owner: "node", signals: NO_SIGNALS };
  const dispatcher = new Dispatcher(shared);
  const targets = new Targets();
  targets.add("sqs", (_, { payload }) => ({
    changes: [{ statement: deliver, params: ["", ids.uuid(), clock.now(), payload] }],
    committed() {},
  }));
  const operations = new OperationTable(validate);
  const service = createSchedulerService({
    ...{ ...shared, ids, dispatcher, targets, operations, endpointUrl: () => undefined },
  });
  operations.add("scheduler", service.operations);
  await opened.commit([work.freeAll()], { key: "node" });
  dispatcher.start();
  const context: CallContext = {
    ...{
      account: "000000000000",
      region: "us-east-1",
      principal: "",
      requestId: "",
      clock,
      log: silentLogger,
    },
    signal: new AbortController().signal,
  };
  return {
    call: (name: string, input: object) => operations.call(context, `scheduler.${name}`, input),
    delivered: async () => (await opened.read(deliveries, [])).map((row) => row.data),
    async settle() {
      for (let i = 0; i < 200; i++) await turn();
    },
    async end() {
      if (!dead) await dispatcher.stop();
      await opened.close();
    },
  };
}

test.each(["before", "after"] as const)(
  "a server that is killed %s an occurrence is stored delivers each once, and goes on",
  async (dies) => {
    const first = await live(dies);
    await first.call("CreateSchedule", {
      ...{ Name: "s", ScheduleExpression: "cron(* * * * ? *)", FlexibleTimeWindow: { Mode: "OFF" } },
      Target: {
        ...{ Arn: QUEUE, RoleArn: "arn:aws:iam::000000000000:role/r" },
        Input: "<aws.scheduler.scheduled-time>",
      },
      StartDate: clock.now() + MINUTE_MS,
    });
    const startMs = clock.now();
    clock.advance(MINUTE_MS);
    await expect.poll(() => first.delivered()).toHaveLength(dies === "after" ? 1 : 0);
    await first.settle();
    await first.end();
    const second = await live();
    await expect.poll(() => second.delivered()).toHaveLength(1);
    clock.advance(MINUTE_MS);
    await expect.poll(() => second.delivered()).toHaveLength(2);
    await second.settle();
    const time = (minutes: number) =>
      `${new Date(startMs + minutes * MINUTE_MS).toISOString().slice(0, 19)}Z`;
    expect(await second.delivered()).toEqual([time(1), time(2)]);
    await second.end();
  },
);

test("after a night without a server, what was due comes once and the schedule goes on from now", async () => {
  const first = await live();
  await first.call("CreateSchedule", {
    ...{ Name: "s", ScheduleExpression: "rate(1 minute)", FlexibleTimeWindow: { Mode: "OFF" } },
    Target: { Arn: QUEUE, RoleArn: "arn:aws:iam::000000000000:role/r", Input: "x" },
  });
  await expect.poll(() => first.delivered()).toHaveLength(1);
  await first.settle();
  await first.end();
  clock.advance(8 * 60 * MINUTE_MS);
  const second = await live();
  await expect.poll(async () => (await second.delivered()).length).toBeGreaterThanOrEqual(2);
  await second.settle();
  // The one that was due, the one of the last minute, and no more.
  expect((await second.delivered()).length).toBeLessThanOrEqual(3);
  await second.end();
});
