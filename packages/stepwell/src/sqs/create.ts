import type { CallContext } from "../kernel/context.ts";
import { Conflict } from "../store/errors.ts";
import {
  differingAttribute,
  isFifoName,
  normalizedAttributes,
  type QueueAttributes,
  withAttributes,
} from "./attributes/attributes.ts";
import { deadLetterArnOf } from "./attributes/redrive.ts";
import { invalidParameter, queueNameExists } from "./errors.ts";
import { type SqsParts, urlFor } from "./parts.ts";
import { randomNumber } from "./place.ts";
import { fifo } from "./table/fifo.ts";
import { type QueueRecord, queues } from "./table/queues.ts";
import { checkTags, type Tags } from "./tags.ts";

export interface CreateQueueInput {
  readonly QueueName: string;
  readonly Attributes?: QueueAttributes;
  readonly tags?: Tags;
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html */
export async function createQueue(parts: SqsParts, context: CallContext, input: CreateQueueInput) {
  const { QueueName: name, tags = {} } = input;
  const wanted = normalizedAttributes(input.Attributes ?? {});
  const isFifo = checkName(name, wanted);
  const attributes = withAttributes({}, wanted, isFifo);
  checkTags(tags);
  const key = { account: context.account, region: context.region, name };
  for (;;) {
    const existing = await parts.catalog.find(key);
    if (existing) {
      const differing = differingAttribute(existing.record.attributes, wanted, isFifo);
      if (differing !== undefined) throw queueNameExists(differing);
      return { QueueUrl: urlFor(parts, context, key) };
    }
    const nowMs = context.clock.now();
    const record: QueueRecord = {
      ...{ ...key, id: randomNumber(parts.ids), version: 1, createdAtMs: nowMs, modifiedAtMs: nowMs },
      ...{ attributes, tags, groupScope: attributes.DeduplicationScope === "messageGroup" },
      ...(await deadLetterArnOf(parts.catalog, key, attributes)),
    };
    try {
      await parts.catalog.commit([
        queues.insert(record),
        ...(isFifo ? [fifo.createCounter(record.id)] : []),
        parts.housekeeping.retention(record, nowMs),
      ]);
      parts.housekeeping.wake(nowMs);
      return { QueueUrl: urlFor(parts, context, key) };
    } catch (error) {
      // Somebody else has made it meanwhile.
      if (!(error instanceof Conflict)) throw error;
    }
  }
}

const NAME = /^[\w-]{1,80}$/;
const SUFFIX = ".fifo";

/** Whether a name is a FIFO queue's. Throws for one that is neither that nor another queue's. */
function checkName(name: string, { FifoQueue }: QueueAttributes): boolean {
  if (name === "") throw invalidParameter("Queue name cannot be empty");
  if (FifoQueue === "true") {
    if (isFifoName(name) && name.length <= 80 && NAME.test(name.slice(0, -SUFFIX.length))) return true;
    throw invalidParameter(
      "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, " +
        "must end with .fifo suffix and be 1 to 80 in length",
    );
  }
  if (NAME.test(name)) return false;
  throw invalidParameter(
    "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
  );
}
