import { expect, test, vi } from "vitest";
import { RealClock } from "../../kernel/clock.ts";
import { testCode } from "./fixture.ts";
import { Instance, type InstanceOwner } from "./instance.ts";
import type { InstanceConnection } from "./protocol.ts";

/** The server's side of an instance that has loaded its function. */
function loadedInstance(): Instance {
  const owner: InstanceOwner = {
    ...{ clock: new RealClock(), logStream: "stream", longestLoadMs: 1_000 },
    ...{ timeoutsApply: () => true, nowOffsetMs: () => 0, deliver: vi.fn(), requeue: vi.fn() },
    ...{ loaded: vi.fn(), freed: vi.fn(), retired: vi.fn(), ended: vi.fn() },
  };
  const instance = new Instance(testCode("/"), owner);
  instance.connected({ send: vi.fn() } as unknown as InstanceConnection);
  instance.received([{ kind: "loaded" }]);
  return instance;
}

test("an instance is free once it has loaded its function", () => {
  expect(loadedInstance().free).toBe(true);
});

test("an instance whose process is gone is handed nothing, though its connection has not ended yet", () => {
  const instance = loadedInstance();
  instance.processEnded({ signal: "SIGKILL" });
  expect(instance.free).toBe(false);
});

test("an instance whose thread is gone is handed nothing, though its connection has not ended yet", () => {
  const instance = loadedInstance();
  instance.threadEnded({ exitCode: 1, begun: 0, connected: true, outOfMemory: false });
  expect(instance.free).toBe(false);
});
