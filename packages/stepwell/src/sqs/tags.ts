import type { CallContext } from "../kernel/context.ts";
import { invalidParameter, invalidValue, missingParameter } from "./errors.ts";
import type { SqsParts } from "./parts.ts";

export type Tags = Readonly<Record<string, string>>;

const MOST_TAGS = 50;
const LONGEST_KEY = 128;
const LONGEST_VALUE = 256;

interface OfQueue {
  readonly QueueUrl: string;
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-tags.html */
export function checkTags(tags: Tags): void {
  const entries = Object.entries(tags);
  if (entries.length > MOST_TAGS) {
    throw invalidParameter(`Too many tags added for queue. Maximum number of tags is ${MOST_TAGS}.`);
  }
  for (const [key, value] of entries) {
    if (key.length === 0 || key.length > LONGEST_KEY) {
      throw invalidValue(
        key,
        "TagKey",
        `Tag keys must be between 1 and ${LONGEST_KEY} characters in length.`,
      );
    }
    if (value.length > LONGEST_VALUE) {
      throw invalidValue(
        value,
        "TagValue",
        `Tag values must be at most ${LONGEST_VALUE} characters in length.`,
      );
    }
    if (/^aws:/i.test(key)) {
      throw invalidValue(key, "TagKey", "Tag keys that begin with aws: are reserved for AWS.");
    }
  }
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_TagQueue.html */
export function tagQueue(parts: SqsParts, context: CallContext, input: OfQueue & { readonly Tags: Tags }) {
  if (Object.keys(input.Tags).length === 0) throw missingParameter("Tags");
  return changeTags(parts, context, input, (before) => {
    const after = { ...before, ...input.Tags };
    checkTags(after);
    return after;
  });
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_UntagQueue.html */
export function untagQueue(
  parts: SqsParts,
  context: CallContext,
  input: OfQueue & { readonly TagKeys: readonly string[] },
) {
  if (input.TagKeys.length === 0) throw missingParameter("TagKeys");
  return changeTags(parts, context, input, (before) =>
    Object.fromEntries(Object.entries(before).filter(([key]) => !input.TagKeys.includes(key))),
  );
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueueTags.html */
export async function listQueueTags({ catalog }: SqsParts, context: CallContext, { QueueUrl }: OfQueue) {
  const { tags } = (await catalog.byUrl(QueueUrl, context)).record;
  return Object.keys(tags).length > 0 ? { Tags: tags } : {};
}

async function changeTags(
  { catalog }: SqsParts,
  context: CallContext,
  { QueueUrl }: OfQueue,
  change: (before: Tags) => Tags,
): Promise<void> {
  const { record } = await catalog.byUrl(QueueUrl, context);
  await catalog.modify(record, (queue) => ({ ...queue.record, tags: change(queue.record.tags) }));
}
