import { describe, expect, test } from "vitest";
import type { Change, Store } from "../store/store.ts";
import { statement } from "../store/store.ts";
import { callbackIdOf } from "./fixtures/raw-node.ts";
import { openPair } from "./fixtures/raw-pair.ts";
import { describeDurableService } from "./fixtures/service-behaviour.ts";
import type { OperationUpdate } from "./types.ts";

/** A store for which something happens in the last moment before a commit that has a statement. */
function lastMoment(before: string, happens: () => Promise<unknown>) {
  return (store: Store): Store => {
    const commit: Store["commit"] = async (changes: readonly Change[], options) => {
      if (changes.some(({ statement }) => statement.name === before)) await happens();
      return store.commit(changes, options);
    };
    return new Proxy(store, {
      get(target, name) {
        const value: unknown = name === "commit" ? commit : Reflect.get(target, name);
        return typeof value === "function" && name !== "commit" ? value.bind(target) : value;
      },
    });
  };
}

const entries = statement("test.inboxEntries", "SELECT count(*) AS n FROM inbox");

describe("with two nodes on one PostgreSQL", () => {
  describeDurableService(openPair);

  test("a heartbeat that one of them acknowledged counts at the other, though it has not heard of it", async () => {
    const beating: OperationUpdate = {
      ...{ Id: "c", Type: "CALLBACK", SubType: "Callback", Action: "START" },
      CallbackOptions: { TimeoutSeconds: 600, HeartbeatTimeoutSeconds: 10 },
    };
    let rest = () => {};
    const running = new Promise<void>((resolve) => {
      rest = resolve;
    });
    const pair = await openPair(async (event, port) => {
      await port.checkpoint({ ...event, Updates: [beating] });
      await running;
      return { Status: "PENDING" };
    });
    const { executionArn } = await pair.start();
    await pair.settle();
    const CallbackId = await callbackIdOf(pair, executionArn);
    await pair.events(executionArn); // The one that holds it: the next to be asked is the other.
    pair.clock.advance(9_000);
    await pair.call("SendDurableExecutionCallbackHeartbeat", { CallbackId });
    pair.clock.advance(5_000);
    await pair.settle();
    const events = await pair.events(executionArn);
    expect(events).not.toContain("CallbackTimedOut");
    expect(events).not.toContain("InvocationCompleted");
    rest();
    await pair.settle();
  });

  test("a stop that one of them acknowledged ends the execution, though the other was about to store another end", async () => {
    let stopping: Promise<{ StopTimestamp: number }> | undefined;
    const stop = async () => {
      if (stopping) return;
      stopping = pair.call("StopDurableExecution", { DurableExecutionArn: arn });
      while ((await pair.store.read(entries, []))[0]!.n === 0);
    };
    const pair = await openPair(
      async () => {
        await started;
        return { Status: "SUCCEEDED" };
      },
      lastMoment("execution.end", stop),
    );
    let goOn = () => {};
    const started = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const { executionArn: arn, ended } = await pair.start();
    goOn();
    expect(await ended).toMatchObject({ status: "STOPPED" });
    const { StopTimestamp } = await stopping!;
    expect(await pair.call("GetDurableExecution", { DurableExecutionArn: arn })).toMatchObject({
      Status: "STOPPED",
      EndTimestamp: StopTimestamp,
    });
    expect(await pair.events(arn)).toEqual(["ExecutionStarted", "ExecutionStopped"]);
    expect((await pair.store.read(entries, []))[0]!.n).toBe(0);
  });

  test("a stop that comes just after the end is told when that was", async () => {
    let goOn = () => {};
    const stopped = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const end = async () => {
      goOn();
      await ended;
    };
    const pair = await openPair(
      async () => {
        await stopped;
        return { Status: "SUCCEEDED" };
      },
      lastMoment("inbox.insert", end),
    );
    const { executionArn: DurableExecutionArn, ended } = await pair.start();
    await pair.settle();
    const stop = (await pair.call("StopDurableExecution", { DurableExecutionArn })) as object;
    expect(await pair.call("GetDurableExecution", { DurableExecutionArn })).toMatchObject({
      Status: "SUCCEEDED",
      EndTimestamp: (stop as { StopTimestamp: number }).StopTimestamp,
    });
    expect((await pair.store.read(entries, []))[0]!.n).toBe(0);
  });
});
