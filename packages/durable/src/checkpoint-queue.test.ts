import { describe, expect, test } from "vitest";
import { CheckpointQueue } from "./checkpoint-queue.ts";
import type { OperationUpdate } from "./types/wire.ts";

const update = (Id: string, Payload?: string): OperationUpdate => ({
  Id,
  Type: "STEP",
  Action: "SUCCEED",
  ...(Payload && { Payload }),
});

/** A queue whose requests are answered when the test says so. */
function harness() {
  const requests: { token: string; ids: (string | undefined)[]; answer: (error?: Error) => void }[] = [];
  const errors: unknown[] = [];
  const queue = new CheckpointQueue(
    {
      send: (token, updates) =>
        new Promise((resolve, reject) => {
          const next = { CheckpointToken: `${token}+`, NewExecutionState: undefined };
          requests.push({
            token,
            ids: updates.map(({ Id }) => Id),
            answer: (error) => (error ? reject(error) : resolve(next)),
          });
        }),
      apply: () => undefined,
      mayWait: () => false,
      onIdle: () => {},
      onError: (error) => errors.push(error),
    },
    "t",
  );
  return { queue, requests, errors };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("The checkpoint queue", () => {
  test("sends what comes in one turn together, and what comes meanwhile with the next request", async () => {
    const { queue, requests } = harness();
    queue.enqueue(update("a"));
    queueMicrotask(() => queue.enqueue(update("b")));
    await turn();
    queue.enqueue(update("c"));
    await turn();
    expect(requests.map(({ ids }) => ids)).toEqual([["a", "b"]]);
    requests[0]!.answer();
    await turn();
    await turn();
    expect(requests.map(({ token, ids }) => [token, ids])).toEqual([
      ["t", ["a", "b"]],
      ["t+", ["c"]],
    ]);
  });

  test("keeps within 250 updates and 750 KiB per request, but sends a larger update alone", async () => {
    const { queue, requests } = harness();
    for (let i = 0; i < 251; i++) queue.enqueue(update(`${i}`));
    queue.enqueue(update("half", "x".repeat(400_000)));
    queue.enqueue(update("other half", "x".repeat(400_000)));
    queue.enqueue(update("huge", "x".repeat(900_000)));
    const drained = queue.drained();
    for (let i = 0; i < 5; i++) {
      await turn();
      requests[i]?.answer();
      await turn();
    }
    await drained;
    expect(requests.map(({ ids }) => ids.length)).toEqual([250, 2, 1, 1]);
    expect(requests.at(-1)!.ids).toEqual(["huge"]);
  });

  test("commits resolve in order, once their request is answered", async () => {
    const { queue, requests } = harness();
    const done: string[] = [];
    void queue.commit(update("a")).then(() => done.push("a"));
    void queue.commit(update("b")).then(() => done.push("b"));
    await turn();
    expect(done).toEqual([]);
    requests[0]!.answer();
    await turn();
    expect(done).toEqual(["a", "b"]);
  });

  test("a poll without updates is an empty request", async () => {
    const { queue, requests } = harness();
    const polled = queue.poll();
    await turn();
    expect(requests[0]!.ids).toEqual([]);
    requests[0]!.answer();
    await polled;
    expect(queue.idle).toBe(true);
  });

  test("after a failed request nothing is sent and nothing resolves", async () => {
    const { queue, requests, errors } = harness();
    let resolved = false;
    void queue.commit(update("a")).then(() => {
      resolved = true;
    });
    await turn();
    queue.enqueue(update("b"));
    requests[0]!.answer(new Error("refused"));
    await turn();
    await turn();
    expect(errors).toEqual([new Error("refused")]);
    expect(requests).toHaveLength(1);
    expect(resolved).toBe(false);
    await queue.drained();
  });

  test("after closing, what is queued is still sent, and nothing more", async () => {
    const { queue, requests } = harness();
    queue.enqueue(update("a"));
    queue.close();
    queue.enqueue(update("b"));
    await turn();
    requests[0]!.answer();
    await queue.drained();
    expect(requests.map(({ ids }) => ids)).toEqual([["a"]]);
  });
});
