import type { CallContext } from "../kernel/context.ts";
import { AwsError } from "../kernel/errors.ts";
import { batchResult, checkBatch, eachEntry } from "./batch.ts";
import { invalidValue, missingParameter, receiptHandleExpired } from "./errors.ts";
import type { SqsParts } from "./parts.ts";
import type { Queue } from "./queue.ts";
import { decodeReceipt, type Receipt } from "./receipt.ts";
import { fifo } from "./table/fifo.ts";
import { messages } from "./table/messages.ts";

interface Wanted {
  readonly ReceiptHandle: string;
  readonly VisibilityTimeout: number;
}

/** A receipt and for how long its message is to stay invisible. */
interface Extension {
  readonly receipt: Receipt;
  readonly wanted: Wanted;
}

export const LONGEST_VISIBILITY_SECONDS = 43_200;
const ENTRY = "ChangeMessageVisibilityBatchRequestEntry";

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html */
export async function changeMessageVisibility(
  parts: SqsParts,
  context: CallContext,
  input: Wanted & { readonly QueueUrl: string },
): Promise<void> {
  const queue = await parts.catalog.byUrl(input.QueueUrl, context);
  const seconds = input.VisibilityTimeout;
  if (!isVisibility(seconds)) {
    throw invalidValue(seconds, "VisibilityTimeout", `Must be between 0 and ${LONGEST_VISIBILITY_SECONDS}.`);
  }
  const receipt = decodeReceipt(input.ReceiptHandle, queue.id);
  const [failure] = await setVisibilities(parts, context, queue, [{ receipt, wanted: input }]);
  if (failure) throw failure;
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html */
export async function changeMessageVisibilityBatch(
  parts: SqsParts,
  context: CallContext,
  input: { readonly QueueUrl: string; readonly Entries: readonly (Wanted & { readonly Id: string })[] },
) {
  const queue = await parts.catalog.byUrl(input.QueueUrl, context);
  checkBatch(input.Entries, ENTRY);
  const checked = eachEntry(input.Entries, (wanted, i): Extension => {
    const seconds = wanted.VisibilityTimeout;
    if (seconds === undefined) throw missingParameter(`${ENTRY}.${i + 1}.VisibilityTimeout`);
    if (!isVisibility(seconds)) {
      throw invalidValue(
        seconds,
        "VisibilityTimeout",
        `VisibilityTimeout must be an integer between 0 and ${LONGEST_VISIBILITY_SECONDS}.`,
      );
    }
    return { receipt: decodeReceipt(wanted.ReceiptHandle, queue.id), wanted };
  });
  const good = checked.flatMap(({ outcome }) => (outcome instanceof AwsError ? [] : [outcome]));
  const failures = await setVisibilities(parts, context, queue, good);
  return batchResult(
    checked.map(({ entry, outcome }) => ({
      entry,
      outcome: outcome instanceof AwsError ? outcome : (failures[good.indexOf(outcome)] ?? {}),
    })),
  );
}

function isVisibility(seconds: number): boolean {
  return Number.isInteger(seconds) && seconds >= 0 && seconds <= LONGEST_VISIBILITY_SECONDS;
}

/** Sets them in one commit, and says of each what it failed with. */
async function setVisibilities(
  { store, clock, receivers }: SqsParts,
  context: CallContext,
  queue: Queue,
  extensions: readonly Extension[],
): Promise<(AwsError | undefined)[]> {
  if (extensions.length === 0) return [];
  const nowMs = clock.now();
  const times = ({ wanted: { VisibilityTimeout: seconds } }: Extension) => ({
    nowMs,
    availableAtMs: nowMs + seconds * 1000,
    // A second that has begun does not count.
    receivedFromMs: nowMs + (seconds - LONGEST_VISIBILITY_SECONDS) * 1000 - 999,
  });
  const changes = extensions.map((extension) => {
    const { receipt, wanted } = extension;
    if (context.receivesForAnother) {
      return wanted.VisibilityTimeout === 0
        ? messages.giveBack(receipt, queue.id, nowMs)
        : messages.keep(receipt, queue.id, times(extension).availableAtMs);
    }
    return queue.settings.fifo
      ? fifo.setVisibility(receipt, receipt.receiveCount, times(extension))
      : messages.setVisibility(receipt, queue.id, times(extension));
  });
  const groups = new Set(extensions.flatMap(({ receipt }) => receipt.groupId ?? []));
  const all = queue.settings.fifo ? fifo.inGroups(queue.id, groups, changes) : changes;
  const answers = await store.commit(all, { key: queue.key });
  const first = queue.settings.fifo ? groups.size : 0;
  return Promise.all(
    extensions.map(async (extension, i) => {
      if (answers[first + i]!.length === 0) {
        return refusal(queue, extension, await messages.state(store, extension.receipt, queue.id), nowMs);
      }
      receivers.available(queue, times(extension).availableAtMs);
      return undefined;
    }),
  );
}

type State = Awaited<ReturnType<typeof messages.state>>;

function refusal({ settings }: Queue, { receipt, wanted }: Extension, state: State, nowMs: number): AwsError {
  if (!state) {
    return invalidValue(
      wanted.ReceiptHandle,
      "ReceiptHandle",
      "Message does not exist or is not available for visibility timeout change.",
    );
  }
  const held = state.receiveCount === receipt.receiveCount && state.availableAtMs > nowMs;
  if (settings.fifo && !held) return receiptHandleExpired(wanted.ReceiptHandle);
  return invalidValue(
    wanted.VisibilityTimeout,
    "VisibilityTimeout",
    `Total VisibilityTimeout for the message is beyond the limit [${LONGEST_VISIBILITY_SECONDS} seconds]`,
  );
}
