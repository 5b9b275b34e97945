import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { VirtualClock } from "../kernel/clock.ts";
import { silentLogger } from "../kernel/logger.ts";
import { NO_SIGNALS, type Signals } from "../kernel/signals.ts";
import { work } from "../kernel/work.ts";
import { OutcomeUnknown, StoreError } from "../store/errors.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import { type Change, type Statement, type Store, statement } from "../store/store.ts";
import { callbackIdOf, openNode, type RawHandler, startNode } from "./fixtures/raw-node.ts";
import { workKey } from "./keys.ts";
import { change } from "./tables.ts";
import type { OperationUpdate } from "./types.ts";

const callback: OperationUpdate = { Id: "c", Type: "CALLBACK", SubType: "Callback", Action: "START" };
const waiting: OperationUpdate = {
  ...{ Id: "w", Type: "WAIT", SubType: "Wait", Action: "START" },
  WaitOptions: { WaitSeconds: 60 },
};
const invoking: OperationUpdate = {
  ...{ Id: "i", Type: "CHAINED_INVOKE", SubType: "ChainedInvoke", Action: "START", Payload: "1" },
  ChainedInvokeOptions: { FunctionName: "order" },
};

/** A store that cannot take, or give, what `refuses` names, as often as that says so. */
function unwilling(refuses: {
  commit?: (changes: readonly Change[]) => boolean;
  read?: (s: Statement) => boolean;
}) {
  const full = () => new StoreError("StoreFull", "The disk is full.");
  return (store: Store): Store =>
    new Proxy(store, {
      get(target, name) {
        if (name === "commit") {
          return async (...call: Parameters<Store["commit"]>) => {
            if (refuses.commit?.(call[0])) throw full();
            return target.commit(...call);
          };
        }
        if (name === "read") {
          return async (...call: Parameters<Store["read"]>) => {
            if (refuses.read?.(call[0])) throw full();
            return target.read(...call);
          };
        }
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
}

/** A store that takes what `commit` names, but whose answer is lost. */
function silent(answers: (changes: readonly Change[]) => boolean) {
  return (store: Store): Store => {
    const commit: Store["commit"] = async (changes, options) => {
      const result = await store.commit(changes, options);
      if (answers(changes)) throw new OutcomeUnknown("The database died before it answered.");
      return result;
    };
    return new Proxy(store, {
      get(target, name) {
        const value: unknown = name === "commit" ? commit : Reflect.get(target, name);
        return typeof value === "function" && name !== "commit" ? value.bind(target) : value;
      },
    });
  };
}

/** Once, after it was armed. */
function once() {
  let armed = false;
  return {
    arm: () => {
      armed = true;
    },
    fires: (applies: boolean): boolean => {
      if (!armed || !applies) return false;
      armed = false;
      return true;
    },
  };
}

const contains = (name: string) => (changes: readonly Change[]) =>
  changes.some(
    (one) => one.params.some((param) => String(param).includes(name)) || one.statement.name === name,
  );

test("a callback and a wait that end in the same moment never have two handlers run at once", async () => {
  let running = 0;
  let most = 0;
  const node = await openNode(async (event, port) => {
    most = Math.max(most, ++running);
    try {
      const operations = event.InitialExecutionState.Operations;
      if (operations.length === 1) {
        // Long enough to be kept as a blob, so that reading the journal takes a while.
        const Payload = JSON.stringify("x".repeat(300_000));
        const large: OperationUpdate = { Id: "s", Type: "STEP", SubType: "Step", Action: "SUCCEED", Payload };
        await port.checkpoint({ ...event, Updates: [large, callback, waiting] });
        return { Status: "PENDING" };
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
      return operations.some(
        (operation) =>
          operation.Id !== "s" && operation.Status === "STARTED" && operation.Type !== "EXECUTION",
      )
        ? { Status: "PENDING" }
        : { Status: "SUCCEEDED" };
    } finally {
      running--;
    }
  });
  for (let turns = 0; turns < 25; turns++) {
    const { executionArn, ended } = await node.start();
    await node.settle();
    const CallbackId = await callbackIdOf(node, executionArn);
    const acknowledged = node.call("SendDurableExecutionCallbackSuccess", { CallbackId });
    for (let i = 0; i < turns; i++) await (i % 3 === 2 ? turn() : Promise.resolve());
    node.clock.advance(60_000);
    await acknowledged;
    expect(await ended).toMatchObject({ status: "SUCCEEDED" });
  }
  expect(most).toBe(1);
});

test("what was left in an inbox is not forgotten when a callback wakes the execution first", async () => {
  const handler: RawHandler = async (event, port) => {
    const operations = event.InitialExecutionState.Operations;
    if (operations.length === 1) await port.checkpoint({ ...event, Updates: [callback, waiting] });
    const open = operations.filter((operation) => operation.Id === "w" && operation.Status === "STARTED");
    return operations.length === 1 || open.length > 0 ? { Status: "PENDING" } : { Status: "SUCCEEDED" };
  };
  const node = await openNode(handler);
  const { executionArn, ended } = await node.start();
  await node.settle();
  const [account, region, id] = ["000000000000", "us-east-1", executionArn.split("/").at(-1)];
  const key = `${account}/${region}/${id}`;
  // As another node leaves it: the dispatcher of this one has not been told.
  const stop = JSON.stringify({ type: "stop", error: { ErrorType: "FromElsewhere" } });
  const nowMs = node.clock.now();
  await node.store.commit([change.insertInbox(key, "1", nowMs, stop), work.markDirty(workKey(key), nowMs)], {
    key,
  });
  const CallbackId = await callbackIdOf(node, executionArn);
  await node.call("SendDurableExecutionCallbackSuccess", { CallbackId });
  expect(await ended).toMatchObject({ status: "STOPPED", error: { ErrorType: "FromElsewhere" } });
});

test("a checkpoint that could not be stored may be sent again with the same ClientToken", async () => {
  const refusal = once();
  const slowed = unwilling({ commit: (changes) => refusal.fires(contains("WaitStarted")(changes)) });
  const answers: string[] = [];
  const node = await openNode(async (event, port) => {
    if (event.InitialExecutionState.Operations.length > 1) return { Status: "SUCCEEDED" };
    refusal.arm();
    for (let i = 0; i < 2; i++) {
      const request = { ...event, Updates: [waiting], ClientToken: "the same" };
      await port.checkpoint(request).then(
        () => answers.push("stored"),
        (error) => answers.push(error.code),
      );
    }
    return { Status: "PENDING" };
  }, slowed);
  const { ended } = await node.start();
  await node.settle();
  expect(answers).toEqual(["ServiceException", "stored"]);
  node.clock.advance(60_000);
  expect(await ended).toMatchObject({ status: "SUCCEEDED" });
});

test("an execution whose journal could not be read when its time came goes on a second later", async () => {
  const refusal = once();
  const slowed = unwilling({ read: (statement) => refusal.fires(statement.name === "journal.after") });
  const node = await openNode(async (event, port) => {
    if (event.InitialExecutionState.Operations.length > 1) return { Status: "SUCCEEDED" };
    await port.checkpoint({ ...event, Updates: [waiting] });
    return { Status: "PENDING" };
  }, slowed);
  const { ended } = await node.start();
  await node.settle();
  refusal.arm();
  node.clock.advance(60_000);
  await node.settle();
  node.clock.advance(1_000);
  expect(await ended).toMatchObject({ status: "SUCCEEDED" });
});

test("a chained invoke whose end could not be stored at once is told a second later", async () => {
  const refusal = once();
  const slowed = unwilling({ commit: (changes) => refusal.fires(contains("inbox.insert")(changes)) });
  const node = await openNode(async (event, port) => {
    const [execution, known] = event.InitialExecutionState.Operations;
    // The invoked function is this one, started with another input.
    if (execution!.ExecutionDetails?.InputPayload === "1")
      return { Status: "SUCCEEDED", Result: '"invoked"' };
    if (known) return { Status: "SUCCEEDED", Result: known.ChainedInvokeDetails!.Result! };
    await port.checkpoint({ ...event, Updates: [invoking] });
    return { Status: "PENDING" };
  }, slowed);
  refusal.arm();
  const { ended } = await node.start();
  await node.settle();
  node.clock.advance(1_000);
  expect(await ended).toMatchObject({ status: "SUCCEEDED", result: '"invoked"' });
});

test("an execution that was started although nobody could say so runs to its end", async () => {
  const refusal = once();
  const runs: string[] = [];
  const node = await openNode(
    async ({ DurableExecutionArn }) => {
      runs.push(DurableExecutionArn);
      return { Status: "SUCCEEDED" };
    },
    silent((changes) => refusal.fires(contains("execution.insert")(changes))),
  );
  refusal.arm();
  await expect(node.start({ name: "a" })).rejects.toThrow(OutcomeUnknown);
  await node.settle();
  expect(runs).toHaveLength(1);
  expect(await (await node.start({ name: "a" })).ended).toMatchObject({ status: "SUCCEEDED" });
  expect(runs).toHaveLength(1);
});

test("what was claimed although nobody could say so is worked on a second later", async () => {
  const refusal = once();
  const node = await openNode(
    async (event, port) => {
      const { Operations } = event.InitialExecutionState;
      if (Operations.length > 1) return { Status: "SUCCEEDED" };
      await port.checkpoint({ ...event, Updates: [waiting] });
      return { Status: "PENDING" };
    },
    silent((changes) => refusal.fires(contains("work.claimDue")(changes))),
  );
  const { ended } = await node.start();
  await node.settle();
  refusal.arm();
  node.clock.advance(60_000);
  await node.settle();
  node.clock.advance(1000);
  expect(await ended).toMatchObject({ status: "SUCCEEDED" });
});

describe("when the database dies before it answers, and stays away for seconds,", () => {
  /** Takes the next commit with `statement` but cannot say so, and then gives nothing until it is back. */
  function dying() {
    const refusal = once();
    let away = false;
    const takes = silent((changes) => {
      const dies = refusal.fires(contains("InvocationStarted")(changes));
      away ||= dies;
      return dies;
    });
    const slowed = (store: Store) => unwilling({ read: () => away, commit: () => away })(takes(store));
    const comesBack = () => {
      away = false;
    };
    return { slowed, die: refusal.arm, comesBack };
  }

  test("an execution at rest whose callback was completed goes on when it is back", async () => {
    const database = dying();
    const node = await openNode(async (event, port) => {
      if (event.InitialExecutionState.Operations.length > 1) return { Status: "SUCCEEDED" };
      await port.checkpoint({ ...event, Updates: [callback] });
      return { Status: "PENDING" };
    }, database.slowed);
    const { executionArn, ended } = await node.start();
    await node.settle();
    const CallbackId = await callbackIdOf(node, executionArn);
    database.die();
    await expect(node.call("SendDurableExecutionCallbackSuccess", { CallbackId })).rejects.toThrow();
    await node.settle();
    database.comesBack();
    node.clock.advance(1000);
    await node.settle();
    expect(await Promise.race([ended, turn("it stands still")])).toMatchObject({ status: "SUCCEEDED" });
  });

  test("a handler that was to be called again at once is called when it is back", async () => {
    const database = dying();
    const node = await openNode(async (event, port) => {
      const [, known] = event.InitialExecutionState.Operations;
      if (known) return { Status: "SUCCEEDED" };
      const { CheckpointToken } = await port.checkpoint({ ...event, Updates: [waiting] });
      // The wait ends while the handler still runs.
      node.clock.advance(60_000);
      await node.settle();
      database.die();
      return CheckpointToken ? { Status: "PENDING" } : { Status: "FAILED" };
    }, database.slowed);
    const { ended } = await node.start();
    for (let i = 0; i < 3; i++) await node.settle();
    database.comesBack();
    for (let seconds = 0; seconds < 3; seconds++) {
      node.clock.advance(1000);
      await node.settle();
    }
    expect(await Promise.race([ended, turn("it stands still")])).toMatchObject({ status: "SUCCEEDED" });
  });
});

test("a node that lost an execution while it stood still drops nothing from its inbox", async () => {
  const heard: (() => void)[] = [];
  const hear: Signals["hear"] = (_topic, act) => {
    heard.push(act);
    return () => {};
  };
  const signals: Signals = { ...NO_SIGNALS, hear };
  const clock = new VirtualClock();
  const store = await openSqliteStore({ folder: ":memory:", clock, log: silentLogger });
  let end = () => {};
  const running: RawHandler = () =>
    new Promise((resolve) => {
      end = () => resolve({ Status: "PENDING" });
    });
  const node = await startNode({ handler: running, clock, store, signals, owner: "node", seed: 1 });
  const { executionArn } = await node.start();
  const execution = `000000000000/us-east-1/${executionArn.split("/").at(-1)}`;
  const taken = statement("test.taken", "UPDATE work SET owner = 'other', version = version + 1");
  await store.commit([{ statement: taken, params: [] }], { key: "test" });
  // Of a callback that this node knows nothing of, since the other one has begun it.
  const event = { type: "callback-succeeded", operationId: "c", result: '"yes"' };
  await store.commit([change.insertInbox(execution, "1", 1, JSON.stringify(event))], { key: execution });
  for (const act of heard) act();
  await node.settle();
  const inbox = statement("test.inbox", "SELECT id FROM inbox WHERE execution = $1");
  const left = await store.read(inbox, [execution]);
  end();
  expect(left).toEqual([{ id: "1" }]);
});
