import { describe, expect, test } from "vitest";
import { callbackIdOf } from "./fixtures/raw-node.ts";
import { openPair } from "./fixtures/raw-pair.ts";
import { describeDurableService } from "./fixtures/service-behaviour.ts";
import type { OperationUpdate } from "./types.ts";

describe("with two nodes on one PostgreSQL", { timeout: 30_000 }, () => {
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
});
