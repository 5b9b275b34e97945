import type { CallContext } from "../kernel/context.ts";
import { AwsError } from "../kernel/errors.ts";
import { batchResult, checkBatch, eachEntry } from "./batch.ts";
import { invalidParameter, missingParameter } from "./errors.ts";
import {
  type CheckedMessage,
  checkMessage,
  deduplicationIdNeeded,
  type MessageInput,
  messageBytes,
  senderOf,
} from "./message.ts";
import type { SqsParts } from "./parts.ts";
import type { Queue } from "./queue.ts";
import { send } from "./send.ts";

const ENTRY = "SendMessageBatchRequestEntry";
const LARGEST_BATCH_BYTES = 1_048_576;

type SendEntry = MessageInput & { readonly Id: string };

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
export async function sendMessageBatch(
  parts: SqsParts,
  context: CallContext,
  { QueueUrl, Entries }: { readonly QueueUrl: string; readonly Entries: readonly SendEntry[] },
) {
  const queue = await parts.catalog.byUrl(QueueUrl, context);
  checkBatch(Entries, ENTRY);
  if (queue.settings.fifo) checkFifoEntries(queue, Entries);
  checkBytes(Entries);
  const sender = senderOf(context);
  const checked = eachEntry(Entries, (entry, i) => checkEntry(queue, entry, i, sender));
  const failed = checked.find(({ outcome }) => outcome instanceof AwsError);
  // Later messages of a FIFO queue must not go before one that is mended and sent again.
  if (failed && queue.settings.fifo) throw failed.outcome;
  const good = checked.flatMap(({ outcome }) => (outcome instanceof AwsError ? [] : [outcome]));
  const sent = good.length > 0 ? await send(parts, queue, good) : [];
  const bySent = new Map(good.map((message, i) => [message, { ...sent[i]!, ...message.md5 }]));
  return batchResult(
    checked.map(({ entry, outcome }) => ({
      entry,
      outcome: outcome instanceof AwsError ? outcome : bySent.get(outcome)!,
    })),
  );
}

function checkEntry(queue: Queue, entry: SendEntry, index: number, sender: Sender): CheckedMessage {
  if (!entry.MessageBody) throw missingParameter(`${ENTRY}.${index + 1}.MessageBody`);
  // AWS has another word for it in batches.
  if (!queue.settings.fifo && messageBytes(entry) > queue.settings.largestBytes) {
    throw invalidParameter(
      `One or more parameters cannot be validated. Reason: Message must be shorter than ${queue.settings.largestBytes} bytes.`,
    );
  }
  return checkMessage(queue, entry, sender);
}

type Sender = ReturnType<typeof senderOf>;

/** Under another code than for a single message. */
function checkFifoEntries({ settings }: Queue, entries: readonly SendEntry[]): void {
  for (const { MessageGroupId, MessageDeduplicationId } of entries) {
    if (MessageDeduplicationId === undefined && !settings.contentBasedDeduplication) {
      throw deduplicationIdNeeded();
    }
    if (MessageGroupId === undefined) {
      throw invalidParameter("The request must contain the parameter MessageGroupId.");
    }
  }
}

function checkBytes(entries: readonly SendEntry[]): void {
  const bytes = entries.reduce((sum, entry) => sum + messageBytes(entry), 0);
  if (bytes <= LARGEST_BATCH_BYTES) return;
  throw new AwsError(
    "BatchRequestTooLong",
    `Batch requests cannot be longer than ${LARGEST_BATCH_BYTES} bytes. You have sent ${bytes} bytes.`,
  );
}
