import type { CallContext } from "../kernel/context.ts";
import { Conflict } from "../store/errors.ts";
import {
  COMPUTED,
  effectiveAttributes,
  isAttributeName,
  normalizedAttributes,
  type QueueAttributes,
  withAttributes,
} from "./attributes/attributes.ts";
import { deadLetterArnOf } from "./attributes/redrive.ts";
import { invalidParameter, missingParameter, unknownAttribute } from "./errors.ts";
import { decodePage, encodePage, pageSize } from "./page.ts";
import { type SqsParts, urlFor } from "./parts.ts";
import type { Queue } from "./queue.ts";
import { fifo } from "./table/fifo.ts";
import { messages } from "./table/messages.ts";
import { type QueueRecord, queues } from "./table/queues.ts";

interface OfQueue {
  readonly QueueUrl: string;
}

interface Paged {
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueUrl.html */
export async function getQueueUrl(
  parts: SqsParts,
  context: CallContext,
  input: { readonly QueueName: string; readonly QueueOwnerAWSAccountId?: string },
) {
  if (input.QueueName === "") throw queueNameMissing();
  const account = input.QueueOwnerAWSAccountId ?? context.account;
  const { record } = await parts.catalog.stored(input.QueueName, { account, region: context.region });
  return { QueueUrl: urlFor(parts, context, record) };
}

function queueNameMissing() {
  return invalidParameter("Value for parameter QueueName is invalid. Reason: Must specify a queue name.");
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html */
export async function listQueues(
  parts: SqsParts,
  context: CallContext,
  input: Paged & { readonly QueueNamePrefix?: string },
) {
  const most = pageSize(input.MaxResults);
  const found = await queues.list(parts.store, context, {
    prefix: input.QueueNamePrefix ?? "",
    afterName: decodePage(input.NextToken),
    most: most + 1,
  });
  const { shown, more } = page(found, most, input);
  return {
    ...(shown.length > 0 && { QueueUrls: shown.map((queue) => urlFor(parts, context, queue)) }),
    ...more,
  };
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListDeadLetterSourceQueues.html */
export async function listDeadLetterSourceQueues(
  parts: SqsParts,
  context: CallContext,
  input: Paged & OfQueue,
) {
  const { arn } = await parts.catalog.stored(input.QueueUrl, context);
  const most = pageSize(input.MaxResults);
  const found = await queues.listSources(parts.store, arn, decodePage(input.NextToken), most + 1);
  const { shown, more } = page(found, most, input);
  return { queueUrls: shown.map((queue) => urlFor(parts, context, queue)), ...more };
}

/** Only who says how many a page may have is told of another one. */
function page(found: readonly QueueRecord[], most: number, { MaxResults }: Paged) {
  const shown = found.slice(0, most);
  const isLast = found.length <= most || MaxResults === undefined;
  return { shown, more: isLast ? {} : { NextToken: encodePage(shown.at(-1)!.name) } };
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html */
export async function getQueueAttributes(
  parts: SqsParts,
  context: CallContext,
  { QueueUrl, AttributeNames: names = [] }: OfQueue & { readonly AttributeNames?: readonly string[] },
) {
  const queue = await parts.catalog.stored(QueueUrl, context);
  for (const name of names) if (!isAttributeName(name)) throw unknownAttribute(name);
  const all = {
    ...effectiveAttributes(queue.record.attributes, queue.settings.fifo),
    ...(names.some((name) => name === "All" || COMPUTED.includes(name as never)) &&
      (await computedAttributes(parts, queue))),
  };
  const wanted = names.includes("All")
    ? all
    : Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
  return Object.keys(wanted).length > 0 ? { Attributes: wanted } : {};
}

async function computedAttributes({ store, clock }: SqsParts, { id, arn, record, settings }: Queue) {
  const nowMs = clock.now();
  const counts = await messages.count(store, id, nowMs - settings.retentionMs, nowMs);
  return {
    ApproximateNumberOfMessages: String(counts.visible),
    ApproximateNumberOfMessagesDelayed: String(counts.delayed),
    ApproximateNumberOfMessagesNotVisible: String(counts.inFlight),
    CreatedTimestamp: String(Math.floor(record.createdAtMs / 1000)),
    LastModifiedTimestamp: String(Math.floor(record.modifiedAtMs / 1000)),
    QueueArn: arn,
  };
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
export async function setQueueAttributes(
  parts: SqsParts,
  context: CallContext,
  { QueueUrl, Attributes }: OfQueue & { readonly Attributes: QueueAttributes },
): Promise<void> {
  const { catalog, receivers } = parts;
  const set = normalizedAttributes(Attributes);
  if (Object.keys(set).length === 0) throw missingParameter("Attribute.Name");
  const { record, id, settings } = await catalog.stored(QueueUrl, context);
  // Of a FIFO queue the delay holds for what is in it already; of others for what is yet to be sent.
  const redelays = settings.fifo && set.DelaySeconds !== undefined;
  const delayed = redelays ? fifo.inAllGroups(id, [fifo.delayAll(id, Number(set.DelaySeconds) * 1000)]) : [];
  await catalog.modify(
    record,
    async (queue) => {
      const { deadLetterArn: _, ...before } = queue.record;
      const attributes = withAttributes(before.attributes, set, queue.settings.fifo);
      return {
        ...{ ...before, attributes, modifiedAtMs: context.clock.now() },
        ...(set.RedrivePolicy === undefined
          ? queue.record.deadLetterArn !== undefined && { deadLetterArn: queue.record.deadLetterArn }
          : await deadLetterArnOf(catalog, before, attributes)),
      };
    },
    delayed,
  );
  if (redelays) receivers.available(await catalog.require(record), context.clock.now());
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html */
export async function deleteQueue(
  parts: SqsParts,
  context: CallContext,
  { QueueUrl }: OfQueue,
): Promise<void> {
  const { catalog, housekeeping } = parts;
  const { record } = await catalog.stored(QueueUrl, context);
  for (;;) {
    const found = await queues.find(parts.store, record);
    // Somebody else was faster.
    if (!found) return;
    try {
      await catalog.commit([
        queues.delete(found),
        fifo.deleteCounter(found.id),
        ...housekeeping.queueDeleted(found, context.clock.now()),
      ]);
      return housekeeping.wake(context.clock.now());
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
    }
  }
}
