import { expect, test } from "vitest";
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from "../kernel/context.ts";
import { Dispatcher } from "../kernel/dispatcher.ts";
import { silentLogger } from "../kernel/logger.ts";
import { OperationTable } from "../kernel/operations.ts";
import { validate } from "../kernel/schema/validate.ts";
import { Targets } from "../kernel/targets.ts";
import { onBothStores } from "../testing/event-nodes.ts";
import { openQueue } from "./fixtures/open-queue.ts";
import { createSqsService } from "./service.ts";

onBothStores((open) => {
  test("no more messages of a queue are in flight than may be, until one is deleted or visible again", async () => {
    const queue = await openQueue(open);
    const { options } = queue.nodes[0]!;
    const { store, clock, signals, ids } = options;
    const dispatcher = new Dispatcher({ store, clock, signals, log: silentLogger, owner: "small" });
    // The same, but for a limit that a test can reach.
    const small = createSqsService({ ...options, targets: new Targets(), dispatcher }, 2);
    const operations = new OperationTable(validate);
    operations.add("sqs", small.operations, small.check);
    const receive = async (input: object = {}) => {
      const context = {
        ...{ account: DEFAULT_ACCOUNT, region: DEFAULT_REGION, principal: "", requestId: ids.uuid() },
        ...{ clock, log: silentLogger, signal: new AbortController().signal },
      };
      // biome-ignore lint/suspicious/noExplicitAny: an answer of the table.
      const answer: any = await operations.call(context, "sqs.ReceiveMessage", {
        QueueUrl: "orders",
        ...input,
      });
      return answer.Messages ?? [];
    };
    for (const body of ["1", "2", "3", "4"]) await queue.send(body);
    const [first] = await receive();
    expect(first.Body).toBe("1");
    queue.clock.advance(10_000);
    expect(await receive()).toHaveLength(1);
    await expect(receive()).rejects.toMatchObject({
      code: "OverLimit",
      message: "Too many messages in flight for queue orders.",
    });
    await queue.delete(first);
    expect(await receive()).toMatchObject([{ Body: "3" }]);
    await expect(receive()).rejects.toMatchObject({ code: "OverLimit" });
    queue.clock.advance(30_000);
    expect(await receive({ MaxNumberOfMessages: 2 })).toHaveLength(2);
    await small.close?.();
  });
});
