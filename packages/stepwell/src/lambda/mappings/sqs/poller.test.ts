import { expect, test } from "vitest";
import { silentLogger } from "../../../kernel/logger.ts";
import { type OpenEventNodes, onBothStores } from "../../../testing/event-nodes.ts";
import type { Mapping } from "../mapping.ts";
import type { BatchResult } from "../source.ts";
import { QueuePoller } from "./poller.ts";
import { Queue } from "./queue.ts";

const answered: BatchResult = { type: "answered", payload: "null" };

/** A batch that waits for an instance until a test gives it one. */
interface Waiting {
  readonly bodies: string[];
  start(): void;
  end(result: BatchResult): void;
}

/** A queue `jobs` whose messages are invisible for 30 s, may be received once, and are polled for by every node. */
async function opened(open: OpenEventNodes, MaximumBatchingWindowInSeconds = 0) {
  const { clock, nodes, call, settle } = await open();
  await call("sqs.CreateQueue", { QueueName: "dead" });
  const RedrivePolicy =
    '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":"1"}';
  await call("sqs.CreateQueue", { QueueName: "jobs", Attributes: { RedrivePolicy } });
  const waiting: Waiting[] = [];
  const mapping = {
    ...{ account: "000000000000", region: "us-east-1", uuid: "u", functionName: "work", version: 1 },
    ...{ sourceArn: "arn:aws:sqs:us-east-1:000000000000:jobs", enabled: true, tags: {}, lastModifiedMs: 0 },
    settings: { BatchSize: 10, MaximumBatchingWindowInSeconds, FunctionResponseTypes: [] },
  } satisfies Mapping;
  const pollers = nodes.map(
    ({ options, operations, ids }) =>
      new QueuePoller({
        ...{ clock, log: silentLogger, mapping, filter: () => true, mostConcurrent: 1000 },
        queue: new Queue({ clock, ids, log: options.log, operations }, mapping.sourceArn),
        caller: (_mapping, event, start) =>
          new Promise((end) => {
            const { Records } = JSON.parse(event) as { readonly Records: { readonly body: string }[] };
            waiting.push({ bodies: Records.map(({ body }) => body), start, end });
          }),
      }),
  );
  const counts = async (QueueUrl: string) => {
    const { Attributes } = await call("sqs.GetQueueAttributes", { QueueUrl, AttributeNames: ["All"] });
    const { ApproximateNumberOfMessages: visible, ApproximateNumberOfMessagesNotVisible: hidden } =
      Attributes;
    return `${visible},${hidden}`;
  };
  await settle();
  return {
    ...{ clock, settle, waiting, counts, call },
    async send(MessageBody: string) {
      await call("sqs.SendMessage", { QueueUrl: "jobs", MessageBody });
      await settle();
    },
    /** The body of the next message, and how often it has been received. */
    async received() {
      const input = { QueueUrl: "jobs", MessageSystemAttributeNames: ["ApproximateReceiveCount"] };
      const { Messages: [message] = [] } = await call("sqs.ReceiveMessage", input);
      return message && [message.Body, message.Attributes.ApproximateReceiveCount];
    },
    /** Lets time pass in steps, as it does. */
    async pass(seconds: number) {
      for (let left = seconds; left > 0; left -= 5) {
        clock.advance(Math.min(left, 5) * 1_000);
        await settle();
      }
    },
    stop: () => Promise.all(pollers.map((poller) => poller.stop())),
  };
}

onBothStores((open) => {
  test("messages that wait for an instance stay invisible, and their function has the whole timeout for them", async () => {
    const { pass, settle, waiting, counts, send, stop } = await opened(open);
    await send("one");
    await pass(100);
    expect(waiting.map(({ bodies }) => bodies)).toEqual([["one"]]);
    expect(await counts("jobs")).toBe("0,1");
    waiting[0]!.start();
    await settle();
    await pass(29);
    expect(await counts("jobs")).toBe("0,1");
    expect(await counts("dead")).toBe("0,0");
    waiting[0]!.end(answered);
    await settle();
    expect(await counts("jobs")).toBe("0,0");
    await stop();
  });

  test("what a function has been handed for longer than the timeout is visible again", async () => {
    const { pass, settle, waiting, counts, send, stop } = await opened(open);
    await send("one");
    await pass(10);
    waiting[0]!.start();
    await settle();
    await pass(31);
    expect([await counts("jobs"), await counts("dead")]).toEqual(["0,0", "1,0"]);
    waiting[0]!.end({ type: "failed", why: "too slow" });
    await stop();
  });

  test("messages whose host was stopped before it had them are there for the next as if new", async () => {
    const { settle, waiting, received, send, stop } = await opened(open);
    await send("one");
    const stopped = stop();
    waiting[0]!.end({ type: "lost" });
    await stopped;
    await settle();
    expect(await received()).toEqual(["one", "1"]);
  });

  test("and those that it had were received", async () => {
    const { settle, waiting, received, counts, send, stop } = await opened(open);
    await send("one");
    waiting[0]!.start();
    const stopped = stop();
    waiting[0]!.end({ type: "lost" });
    await stopped;
    await settle();
    expect(await received()).toBeUndefined();
    expect(await counts("dead")).toBe("1,0");
  });

  test("a message that became visible while its node stood still is not handed over twice", async () => {
    const { clock, call, settle, pass, waiting, send, stop } = await opened(open, 120);
    await call("sqs.SetQueueAttributes", { QueueUrl: "jobs", Attributes: { RedrivePolicy: "" } });
    await settle();
    await send("one");
    clock.advance(60_000);
    await settle();
    await pass(121);
    const handed = waiting.flatMap(({ bodies }) => bodies);
    expect(handed).toEqual(["one"]);
    for (const { end } of waiting) end(answered);
    await stop();
  });
});
