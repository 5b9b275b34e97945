import { EventEmitter, once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Store } from "../store/store.ts";
import { callbackIdOf, openNode, type RawHandler } from "./fixtures/raw-node.ts";
import type { CheckpointRequest, DurablePort, InvocationOutput, OperationUpdate } from "./types.ts";

const step = (Id: string, Payload: string): OperationUpdate[] => [
  { Id, Type: "STEP", SubType: "Step", Action: "START" },
  { Id, Type: "STEP", SubType: "Step", Action: "SUCCEED", Payload },
];
const wait: OperationUpdate = {
  Id: "w",
  Type: "WAIT",
  SubType: "Wait",
  Action: "START",
  WaitOptions: { WaitSeconds: 60 },
};
const callback: OperationUpdate = {
  ...{ Id: "c", Type: "CALLBACK", SubType: "Callback", Action: "START" },
  CallbackOptions: { TimeoutSeconds: 3600 },
};

const chainedInvoke: OperationUpdate = {
  ...{ Id: "i", Type: "CHAINED_INVOKE", SubType: "ChainedInvoke", Action: "START", Payload: '"invoked"' },
  ChainedInvokeOptions: { FunctionName: "order:$LATEST" },
};

/** Checkpoints a callback in the first invocation and gives its outcome as the result in the next. */
const untilCallback: RawHandler = async (event, port) => {
  const known = event.InitialExecutionState.Operations.find((operation) => operation.Id === "c");
  if (!known) {
    await port.checkpoint({ ...event, Updates: [callback] });
    return { Status: "PENDING" };
  }
  return { Status: "SUCCEEDED", Result: JSON.stringify(known.CallbackDetails) };
};

test("an execution runs its steps and ends with the handler's result", async () => {
  const node = await openNode(async (event, port) => {
    const { CheckpointToken } = await port.checkpoint({ ...event, Updates: step("a", "1") });
    await port.checkpoint({ ...event, CheckpointToken, Updates: step("b", "2") });
    return { Status: "SUCCEEDED", Result: '"done"' };
  });
  const { executionArn, ended } = await node.start({ payload: '{"order":7}' });
  expect(await ended).toMatchObject({ status: "SUCCEEDED", result: '"done"' });
  expect(await node.events(executionArn)).toEqual([
    "ExecutionStarted",
    ...["StepStarted", "StepSucceeded", "StepStarted", "StepSucceeded"],
    ...["InvocationCompleted", "ExecutionSucceeded"],
  ]);
  expect(await node.call("GetDurableExecution", { DurableExecutionArn: executionArn })).toMatchObject({
    ...{ Status: "SUCCEEDED", InputPayload: '{"order":7}', Result: '"done"' },
  });
});

test("a wait suspends the execution, and the handler is called again when its time has come", async () => {
  let invocations = 0;
  const node = await openNode(async (event, port) => {
    invocations++;
    if (event.InitialExecutionState.Operations.length > 1) return { Status: "SUCCEEDED" };
    await port.checkpoint({ ...event, Updates: [wait] });
    return { Status: "PENDING" };
  });
  const { executionArn, ended } = await node.start();
  await node.settle();
  node.clock.advance(59_999);
  await node.settle();
  expect(invocations).toBe(1);
  node.clock.advance(1);
  expect(await ended).toMatchObject({ status: "SUCCEEDED" });
  expect(invocations).toBe(2);
  expect(await node.events(executionArn)).toContain("WaitSucceeded");
});

describe("a chained invoke", () => {
  const PENDING: InvocationOutput = { Status: "PENDING" };
  /** Invokes another execution of the same function, goes on as `caller` does, and has what was answered as result. */
  const invoking =
    (caller: (request: CheckpointRequest, port: DurablePort) => Promise<InvocationOutput>): RawHandler =>
    async (event, port) => {
      const [execution, invoke] = event.InitialExecutionState.Operations;
      if (invoke) return { Status: "SUCCEEDED", Result: invoke.ChainedInvokeDetails!.Result! };
      if (execution!.ExecutionDetails!.InputPayload === '"invoked"') {
        return { Status: "SUCCEEDED", Result: '"answer"' };
      }
      const { CheckpointToken } = await port.checkpoint({ ...event, Updates: [chainedInvoke] });
      return caller({ ...event, CheckpointToken: CheckpointToken! }, port);
    };
  const turns = async (count: number) => {
    for (let i = 0; i < count; i++) await turn();
  };

  test("that ends before its caller comes to rest is history after the caller's invocation", async () => {
    const resting = async () => {
      await turns(50);
      return PENDING;
    };
    const node = await openNode(invoking(resting));
    const { executionArn, ended } = await node.start();
    expect(await ended).toMatchObject({ status: "SUCCEEDED", result: '"answer"' });
    expect(await node.events(executionArn)).toEqual([
      ...["ExecutionStarted", "ChainedInvokeStarted", "InvocationCompleted", "ChainedInvokeSucceeded"],
      ...["InvocationCompleted", "ExecutionSucceeded"],
    ]);
  });

  test("that ends while its caller does other things is in the answer to its next checkpoint", async () => {
    const asking = async (request: CheckpointRequest, port: DurablePort): Promise<InvocationOutput> => {
      await turns(50);
      const { NewExecutionState } = await port.checkpoint(request);
      const Result = NewExecutionState.Operations[0]?.ChainedInvokeDetails?.Result;
      return { Status: "SUCCEEDED", ...(Result ? { Result } : {}) };
    };
    const node = await openNode(invoking(asking));
    const { ended } = await node.start();
    expect(await ended).toMatchObject({ status: "SUCCEEDED", result: '"answer"' });
  });

  test("that ends just when its caller comes to rest wakes the caller", async () => {
    const events = new EventEmitter();
    const [released, filled] = [once(events, "released"), once(events, "filled")];
    /** The caller is released; before its node hears of that, the invoked function's result is in its inbox. */
    const slowed = (store: Store): Store => {
      const commit: Store["commit"] = async (changes, options) => {
        const names = changes.map(({ statement }) => statement.name);
        if (names.includes("inbox.insert")) await released;
        const result = await store.commit(changes, options);
        if (names.includes("inbox.insert")) events.emit("filled");
        if (!names.includes("work.release")) return result;
        events.emit("released");
        await filled;
        await turns(2);
        return result;
      };
      return { ...store, read: store.read.bind(store), commit, close: () => store.close() };
    };
    const node = await openNode(
      invoking(async () => PENDING),
      slowed,
    );
    const { ended } = await node.start();
    expect(await ended).toMatchObject({ status: "SUCCEEDED", result: '"answer"' });
  });
});

describe("a callback", () => {
  test("wakes a suspended execution with its result", async () => {
    const node = await openNode(untilCallback);
    const { executionArn, ended } = await node.start();
    await node.settle();
    const CallbackId = await callbackIdOf(node, executionArn);
    await node.call("SendDurableExecutionCallbackSuccess", { CallbackId, Result: Buffer.from("yes") });
    expect(JSON.parse((await ended)!.result!)).toEqual({ CallbackId, Result: "yes" });
  });

  test("can be completed by only one of a hundred who try at once", async () => {
    const node = await openNode(untilCallback);
    const { executionArn, ended } = await node.start();
    await node.settle();
    const CallbackId = await callbackIdOf(node, executionArn);
    const tries = await Promise.allSettled(
      Array.from({ length: 100 }, () => node.call("SendDurableExecutionCallbackSuccess", { CallbackId })),
    );
    expect(tries.filter((one) => one.status === "fulfilled")).toHaveLength(1);
    await ended;
    expect((await node.events(executionArn)).filter((type) => type === "CallbackSucceeded")).toHaveLength(1);
  });

  test("that comes after its timeout is told so, and the handler learns of the timeout", async () => {
    const node = await openNode(untilCallback);
    const { executionArn, ended } = await node.start();
    await node.settle();
    const CallbackId = await callbackIdOf(node, executionArn);
    node.clock.advance(3_600_000);
    expect(JSON.parse((await ended)!.result!)).toMatchObject({ Error: { ErrorType: "Callback.Timeout" } });
    const late = node.call("SendDurableExecutionCallbackSuccess", { CallbackId });
    await expect(late).rejects.toMatchObject({ code: "CallbackTimeoutException", httpStatus: 400 });
  });

  test("that nobody made is not found", async () => {
    const node = await openNode(untilCallback);
    const CallbackId = Buffer.from("no such callback").toString("base64");
    const unknown = node.call("SendDurableExecutionCallbackHeartbeat", { CallbackId });
    await expect(unknown).rejects.toMatchObject({ code: "ResourceNotFoundException", httpStatus: 404 });
  });

  test("keeps an execution alive by heartbeats without waking its handler", async () => {
    let invocations = 0;
    const node = await openNode(async (event, port) => {
      invocations++;
      const known = event.InitialExecutionState.Operations[1];
      if (known) return { Status: "SUCCEEDED", Result: JSON.stringify(known.CallbackDetails?.Error) };
      await port.checkpoint({
        ...event,
        Updates: [{ ...callback, CallbackOptions: { HeartbeatTimeoutSeconds: 10 } }],
      });
      return { Status: "PENDING" };
    });
    const { executionArn, ended } = await node.start();
    await node.settle();
    const CallbackId = await callbackIdOf(node, executionArn);
    for (let i = 0; i < 5; i++) {
      node.clock.advance(9_000);
      await node.settle();
      await node.call("SendDurableExecutionCallbackHeartbeat", { CallbackId });
    }
    expect(invocations).toBe(1);
    node.clock.advance(10_000);
    expect(JSON.parse((await ended)!.result!)).toMatchObject({ ErrorType: "Callback.Heartbeat" });
  });
});

describe("a checkpoint token", () => {
  test("can be used once, and a repeated request with its ClientToken gets the first answer", async () => {
    const node = await openNode(async (event, port) => {
      const request = { ...event, Updates: step("a", "1"), ClientToken: "once" };
      const first = await port.checkpoint(request);
      expect(await port.checkpoint(request)).toBe(first);
      await expect(port.checkpoint({ ...request, ClientToken: "twice" })).rejects.toMatchObject({
        code: "InvalidParameterValueException",
        message: expect.stringMatching(/^Invalid Checkpoint Token/),
      });
      return { Status: "SUCCEEDED", Result: first.CheckpointToken };
    });
    const { ended } = await node.start();
    expect(await ended).toMatchObject({ status: "SUCCEEDED" });
  });

  test("is refused once its invocation has returned", async () => {
    let late: Promise<unknown> | undefined;
    const node = await openNode(async (event, port) => {
      late = new Promise<void>((resolve) => setTimeout(resolve, 20)).then(() =>
        port.checkpoint({ ...event, Updates: step("late", "1") }),
      );
      late.catch(() => {});
      return { Status: "SUCCEEDED" };
    });
    const { executionArn, ended } = await node.start();
    await ended;
    await expect(late).rejects.toThrow(/^Invalid Checkpoint Token/);
    expect(await node.events(executionArn)).not.toContain("StepStarted");
  });
});

test("a handler reads a large state in pages, each operation once", async () => {
  const ids = Array.from({ length: 2_500 }, (_, i) => `op-${i}`);
  const node = await openNode(async (event, port) => {
    const known = [...event.InitialExecutionState.Operations.slice(1)];
    if (known.length === 0) {
      let { CheckpointToken } = event;
      for (let i = 0; i < ids.length; i += 500) {
        const Updates = ids.slice(i, i + 500).map((id) => step(id, id)[1]!);
        ({ CheckpointToken } = await port.checkpoint({ ...event, CheckpointToken, Updates }));
      }
      await port.checkpoint({ ...event, CheckpointToken, Updates: [wait] });
      return { Status: "PENDING" };
    }
    for (let Marker = event.InitialExecutionState.NextMarker; Marker; ) {
      const page = await port.getState({ ...event, Marker });
      known.push(...page.Operations);
      Marker = page.NextMarker;
    }
    return { Status: "SUCCEEDED", Result: JSON.stringify(known.map((operation) => operation.Id)) };
  });
  const { ended } = await node.start();
  await node.settle();
  node.clock.advance(60_000);
  expect(JSON.parse((await ended)!.result!)).toEqual([...ids, "w"]);
});

describe("a name", () => {
  test("with the same payload is the same execution, and with another payload a conflict", async () => {
    const node = await openNode(async () => ({ Status: "SUCCEEDED", Result: "1" }));
    const first = await node.start({ name: "order-7", payload: '{"a":1}' });
    await first.ended;
    const again = await node.start({ name: "order-7", payload: '{"a":1}' });
    expect(again.executionArn).toBe(first.executionArn);
    expect(await again.ended).toMatchObject({ status: "SUCCEEDED", result: "1" });
    await expect(node.start({ name: "order-7", payload: '{"a":2}' })).rejects.toMatchObject({
      code: "DurableExecutionAlreadyStartedException",
      httpStatus: 409,
    });
    const { DurableExecutions } = (await node.call("ListDurableExecutionsByFunction", {
      FunctionName: "order",
    })) as {
      DurableExecutions: unknown[];
    };
    expect(DurableExecutions).toHaveLength(1);
  });
});

test("stopping ends the execution at once, refuses the running handler's next checkpoint, and may be repeated", async () => {
  let proceed = () => {};
  const gate = new Promise<void>((resolve) => {
    proceed = resolve;
  });
  let refused: unknown;
  const node = await openNode(async (event, port) => {
    await gate;
    refused = await port.checkpoint({ ...event, Updates: step("a", "1") }).catch((error: unknown) => error);
    return { Status: "PENDING" };
  });
  const { executionArn, ended } = await node.start();
  const stop = { DurableExecutionArn: executionArn, Error: { ErrorType: "Cancelled" } };
  const { StopTimestamp } = await node.call("StopDurableExecution", stop);
  expect(await ended).toMatchObject({ status: "STOPPED", error: { ErrorType: "Cancelled" } });
  node.clock.advance(5_000);
  proceed();
  await node.settle();
  expect(refused).toMatchObject({ message: expect.stringMatching(/^Invalid Checkpoint Token/) });
  expect(await node.call("StopDurableExecution", stop)).toEqual({ StopTimestamp });
  expect(await node.events(executionArn)).toEqual(["ExecutionStarted", "ExecutionStopped"]);
});

test("a failed invocation is tried again after a second, and the history names its error", async () => {
  let invocations = 0;
  const node = await openNode(async () => {
    if (++invocations === 1) throw new TypeError("not today");
    return { Status: "SUCCEEDED" };
  });
  const { executionArn, ended } = await node.start();
  await node.settle();
  node.clock.advance(999);
  await node.settle();
  expect(invocations).toBe(1);
  node.clock.advance(1);
  expect(await ended).toMatchObject({ status: "SUCCEEDED" });
  const { Events } = (await node.call("GetDurableExecutionHistory", {
    DurableExecutionArn: executionArn,
  })) as {
    Events: object[];
  };
  expect(Events[1]).toMatchObject({
    EventType: "InvocationCompleted",
    InvocationCompletedDetails: { Error: { Payload: { ErrorType: "TypeError", ErrorMessage: "not today" } } },
  });
});

test("a history can be read in pages, from either end", async () => {
  const node = await openNode(async (event, port) => {
    await port.checkpoint({ ...event, Updates: ["a", "b", "c"].flatMap((id) => step(id, id)) });
    return { Status: "SUCCEEDED" };
  });
  const { executionArn, ended } = await node.start();
  await ended;
  for (const ReverseOrder of [false, true]) {
    const ids: number[] = [];
    let Marker: string | undefined;
    do {
      const page = (await node.call("GetDurableExecutionHistory", {
        DurableExecutionArn: executionArn,
        MaxItems: 4,
        ReverseOrder,
        ...(Marker ? { Marker } : {}),
      })) as { Events: { EventId: number }[]; NextMarker?: string };
      ids.push(...page.Events.map((event) => event.EventId));
      Marker = page.NextMarker;
    } while (Marker);
    const expected = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    expect(ids).toEqual(ReverseOrder ? expected.reverse() : expected);
  }
});

test("an execution is removed when its retention has passed, and its name is free again", async () => {
  const node = await openNode(async () => ({ Status: "SUCCEEDED" }));
  const { executionArn, ended } = await node.start({ name: "monthly", payload: '{"month":1}' });
  await ended;
  const DAY_MS = 86_400_000;
  node.clock.advance(14 * DAY_MS - 1);
  await node.settle();
  const get = () => node.call("GetDurableExecution", { DurableExecutionArn: executionArn });
  expect(await get()).toMatchObject({ Status: "SUCCEEDED" });
  node.clock.advance(1);
  await node.settle();
  await expect(get()).rejects.toMatchObject({ code: "ResourceNotFoundException" });
  const again = await node.start({ name: "monthly", payload: '{"month":2}' });
  expect(again.executionArn).not.toBe(executionArn);
  expect(await again.ended).toMatchObject({ status: "SUCCEEDED" });
});

test("an execution that does not exist is not found, whatever part of its ARN is wrong", async () => {
  const node = await openNode(async () => ({ Status: "SUCCEEDED" }));
  const { executionArn, ended } = await node.start();
  await ended;
  for (const arn of [
    "arn:aws:lambda",
    executionArn.replace(":order:", ":other:"),
    `${executionArn.slice(0, -1)}x`,
  ]) {
    await expect(node.call("GetDurableExecution", { DurableExecutionArn: arn })).rejects.toMatchObject({
      code: "ResourceNotFoundException",
      httpStatus: 404,
    });
  }
});
