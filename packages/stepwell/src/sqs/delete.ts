import type { CallContext } from "../kernel/context.ts";
import { receiptHandleExpired } from "./errors.ts";
import type { SqsParts } from "./parts.ts";
import type { Queue } from "./queue.ts";
import { decodeReceipt, type Receipt } from "./receipt.ts";
import { fifo } from "./table/fifo.ts";
import { messages } from "./table/messages.ts";

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html */
export async function deleteMessage(
  parts: SqsParts,
  context: CallContext,
  input: { readonly QueueUrl: string; readonly ReceiptHandle: string },
): Promise<void> {
  const queue = await parts.catalog.byUrl(input.QueueUrl, context.region);
  const receipt = decodeReceipt(input.ReceiptHandle, queue.id);
  const [expired] = await deleteMessages(parts, queue, [receipt]);
  if (expired) throw receiptHandleExpired(input.ReceiptHandle);
}

/**
 * Deletes messages in one commit, and says of each whether its receipt had expired. In a standard queue none does, and
 * whoever deletes what is gone has nothing to do.
 */
export async function deleteMessages(
  { store, clock, receivers }: SqsParts,
  queue: Queue,
  receipts: readonly Receipt[],
): Promise<boolean[]> {
  if (!queue.settings.fifo) {
    await store.commit(receipts.map(messages.delete), { key: queue.key });
    return receipts.map(() => false);
  }
  const nowMs = clock.now();
  const groups = new Set(receipts.flatMap(({ groupId }) => groupId ?? []));
  const changes = fifo.inGroups(
    queue.id,
    groups,
    receipts.map((receipt) => fifo.deleteHeld(receipt, receipt.receiveCount, nowMs)),
  );
  const answers = await store.commit(changes, { key: queue.key });
  // The next of its group may be had now.
  receivers.available(queue, nowMs);
  const expired = receipts.map(async (receipt, i) => {
    if (answers[groups.size + i]!.length > 0) return false;
    return (await messages.state(store, receipt)) !== undefined;
  });
  return Promise.all(expired);
}
