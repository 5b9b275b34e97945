import { expect, test } from "vitest";
import { work } from "../kernel/work.ts";
import { statement } from "../store/store.ts";
import { callbackIdOf, openNode, type RawHandler } from "./fixtures/raw-node.ts";
import type { OperationUpdate } from "./types.ts";

const callback: OperationUpdate = { Id: "c", Type: "CALLBACK", SubType: "Callback", Action: "START" };

/** Begins a callback in the first invocation and ends in the next. */
const untilCallback: RawHandler = async (event, port) => {
  if (event.InitialExecutionState.Operations.some(({ Id }) => Id === "c")) return { Status: "SUCCEEDED" };
  await port.checkpoint({ ...event, Updates: [callback] });
  return { Status: "PENDING" };
};

/** As a newer version would write it, and back. */
const TOO_NEW = [
  [
    "of a newer version",
    statement("test.newerRecord", "UPDATE journal SET version = 2 WHERE seq = 1"),
    statement("test.knownRecord", "UPDATE journal SET version = 1 WHERE seq = 1"),
  ],
  [
    "with a row of a kind that is not known",
    statement("test.newerKind", "UPDATE journal SET data = REPLACE(data, 'CallbackStarted', 'TopicStarted')"),
    statement("test.knownKind", "UPDATE journal SET data = REPLACE(data, 'TopicStarted', 'CallbackStarted')"),
  ],
] as const;

test.each(TOO_NEW)(
  "an execution whose journal has a record %s is left alone, and its callbacks are kept for a newer node",
  async (_title, newer, known) => {
    const node = await openNode(untilCallback);
    const { executionArn, ended } = await node.start();
    await node.settle();
    const CallbackId = await callbackIdOf(node, executionArn);
    await node.store.commit([{ statement: newer, params: [] }], { key: "test" });
    await node.call("SendDurableExecutionCallbackSuccess", { CallbackId, Result: Buffer.from('"yes"') });
    await node.settle();
    const availableAtMs = async () =>
      (await work.free(node.store, Number.MAX_SAFE_INTEGER, 10))[0]!.availableAtMs;
    expect(await availableAtMs()).toBe(node.clock.now());
    node.clock.advance(2_000);
    await node.settle();
    expect(await availableAtMs()).toBe(node.clock.now() + 60_000);

    await node.store.commit([{ statement: known, params: [] }], { key: "test" });
    node.clock.advance(60_000);
    await node.settle();
    expect(await ended).toMatchObject({ status: "SUCCEEDED" });
  },
);
