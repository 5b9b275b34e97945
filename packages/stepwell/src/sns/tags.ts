import type { CallContext } from "../kernel/context.ts";
import { AwsError } from "../kernel/errors.ts";
import { invalidParameter, resourceNotFound } from "./errors.ts";
import { parseLocalTopicArn, topicArn } from "./names.ts";
import { changeTopic, requireOwn, type SnsParts } from "./parts.ts";
import { type Topic, topics } from "./table/topics.ts";

export type TagList = readonly { readonly Key: string; readonly Value: string }[];

/** https://docs.aws.amazon.com/sns/latest/dg/sns-tags.html */
const MOST_TAGS = 50;

/** Tags as they are stored; refuses a key that is given twice. */
export function checkTags(list: TagList): Record<string, string> {
  const tags: Record<string, string> = Object.fromEntries(list.map(({ Key, Value }) => [Key, Value]));
  if (Object.keys(tags).length < list.length) throw invalidParameter("Duplicated keys are not allowed.");
  if (list.length > MOST_TAGS) throw tooManyTags();
  return tags;
}

/** https://docs.aws.amazon.com/sns/latest/api/API_TagResource.html */
export async function tagResource(
  parts: SnsParts,
  context: CallContext,
  input: { readonly ResourceArn: string; readonly Tags: TagList },
) {
  const given = checkTags(input.Tags);
  await change(parts, context, "TagResource", input.ResourceArn, (tags) => {
    const all = { ...tags, ...given };
    if (Object.keys(all).length > MOST_TAGS) throw tooManyTags();
    return all;
  });
  return {};
}

/** https://docs.aws.amazon.com/sns/latest/api/API_UntagResource.html */
export async function untagResource(
  parts: SnsParts,
  context: CallContext,
  input: { readonly ResourceArn: string; readonly TagKeys: readonly string[] },
) {
  await change(parts, context, "UntagResource", input.ResourceArn, (tags) =>
    Object.fromEntries(Object.entries(tags).filter(([key]) => !input.TagKeys.includes(key))),
  );
  return {};
}

/** https://docs.aws.amazon.com/sns/latest/api/API_ListTagsForResource.html */
export async function listTags(
  parts: SnsParts,
  context: CallContext,
  { ResourceArn }: { readonly ResourceArn: string },
) {
  const { tags } = await tagged(parts, context, "ListTagsForResource", ResourceArn);
  return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
}

function change(
  parts: SnsParts,
  context: CallContext,
  action: string,
  arn: string,
  decide: (tags: Topic["tags"]) => Topic["tags"],
): Promise<void> {
  return changeTopic(
    parts,
    () => tagged(parts, context, action, arn),
    (topic) => ({ ...topic, tags: decide(topic.tags) }),
  );
}

async function tagged(parts: SnsParts, context: CallContext, action: string, arn: string): Promise<Topic> {
  const key = parseLocalTopicArn(context, arn, "ResourceArn");
  requireOwn(context, key, action);
  const topic = await topics.find(parts.store, key);
  if (!topic || topicArn(topic) !== arn) throw resourceNotFound();
  return topic;
}

function tooManyTags(): AwsError {
  return new AwsError(
    "TagLimitExceededException",
    "Could not complete request: tag quota of per resource exceeded",
  );
}
