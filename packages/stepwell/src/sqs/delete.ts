import type { CallContext } from "../kernel/context.ts";
import { AwsError } from "../kernel/errors.ts";
import { batchResult, checkBatch, eachEntry } from "./batch.ts";
import { receiptHandleExpired } from "./errors.ts";
import type { SqsParts } from "./parts.ts";
import type { Queue } from "./queue.ts";
import { decodeReceipt, type Receipt } from "./receipt.ts";
import { fifo } from "./table/fifo.ts";
import { messages } from "./table/messages.ts";

interface Received {
  readonly ReceiptHandle: string;
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html */
export async function deleteMessage(
  parts: SqsParts,
  context: CallContext,
  input: Received & { readonly QueueUrl: string },
): Promise<void> {
  const queue = await parts.catalog.byUrl(input.QueueUrl, context);
  const receipt = decodeReceipt(input.ReceiptHandle, queue.id);
  const [expired] = await deleteMessages(parts, queue, [receipt]);
  if (expired) throw receiptHandleExpired(input.ReceiptHandle);
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessageBatch.html */
export async function deleteMessageBatch(
  parts: SqsParts,
  context: CallContext,
  input: { readonly QueueUrl: string; readonly Entries: readonly (Received & { readonly Id: string })[] },
) {
  const queue = await parts.catalog.byUrl(input.QueueUrl, context);
  checkBatch(input.Entries, "DeleteMessageBatchRequestEntry");
  const decoded = eachEntry(input.Entries, ({ ReceiptHandle }) => decodeReceipt(ReceiptHandle, queue.id));
  const receipts = decoded.flatMap(({ outcome }) => (outcome instanceof AwsError ? [] : [outcome]));
  const expired = await deleteMessages(parts, queue, receipts);
  return batchResult(
    decoded.map(({ entry, outcome }) => {
      if (outcome instanceof AwsError) return { entry, outcome };
      const tooLate = expired[receipts.indexOf(outcome)];
      return { entry, outcome: tooLate ? receiptHandleExpired(entry.ReceiptHandle) : {} };
    }),
  );
}

/**
 * Deletes messages in one commit, and says of each whether its receipt had expired. In a standard queue none does, and
 * whoever deletes what is gone has nothing to do.
 */
async function deleteMessages(
  { store, clock, receivers }: SqsParts,
  queue: Queue,
  receipts: readonly Receipt[],
): Promise<boolean[]> {
  if (receipts.length === 0) return [];
  if (!queue.settings.fifo) {
    await store.commit(
      receipts.map((receipt) => messages.delete(receipt, queue.id)),
      { key: queue.key },
    );
    return receipts.map(() => false);
  }
  const nowMs = clock.now();
  const groups = new Set(receipts.flatMap(({ groupId }) => groupId ?? []));
  const changes = receipts.map((receipt) => fifo.deleteHeld(receipt, receipt.receiveCount, nowMs));
  const answers = await store.commit(fifo.inGroups(queue.id, groups, changes), { key: queue.key });
  // The next of its group may be had now.
  receivers.available(queue, nowMs);
  const isExpired = async (receipt: Receipt, i: number): Promise<boolean> =>
    answers[groups.size + i]!.length === 0 && (await messages.state(store, receipt, queue.id)) !== undefined;
  return Promise.all(receipts.map(isExpired));
}
