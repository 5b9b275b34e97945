import type { CallContext } from "../kernel/context.ts";
import { AwsError } from "../kernel/errors.ts";
import { identifiedGroup } from "./names.ts";
import { type LogsParts, requireGroup, untilNoConflict } from "./parts.ts";
import { groups, type LogGroup } from "./table/groups.ts";

type Tags = LogGroup["tags"];

/** Operations name a group by its name, or by its ARN as a resource. */
type Tagged = { readonly logGroupName: string } | { readonly resourceArn: string };

const MOST_TAGS = 50;

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html, and TagLogGroup. */
export function tag(
  parts: LogsParts,
  context: CallContext,
  input: Tagged & { readonly tags: Tags },
): Promise<void> {
  return changeTags(parts, context, input, (tags) => {
    const all = { ...tags, ...input.tags };
    if (Object.keys(all).length > MOST_TAGS) {
      throw new AwsError("TooManyTagsException", `A resource can have no more than ${MOST_TAGS} tags.`);
    }
    return all;
  });
}

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_UntagResource.html, and UntagLogGroup. */
export function untag(
  parts: LogsParts,
  context: CallContext,
  input: Tagged,
  keys: readonly string[],
): Promise<void> {
  return changeTags(parts, context, input, (tags) =>
    Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key))),
  );
}

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsForResource.html */
export async function listTags(parts: LogsParts, context: CallContext, input: Tagged) {
  return { tags: (await taggedGroup(parts, context, input)).tags };
}

async function changeTags(
  parts: LogsParts,
  context: CallContext,
  input: Tagged,
  change: (tags: Tags) => Tags,
): Promise<void> {
  await untilNoConflict(async () => {
    const group = await taggedGroup(parts, context, input);
    return parts.store.commit([groups.setTags(group, change(group.tags))], { key: "logs" });
  });
}

function taggedGroup(parts: LogsParts, context: CallContext, input: Tagged): Promise<LogGroup> {
  const name = "resourceArn" in input ? identifiedGroup(context, input.resourceArn) : input.logGroupName;
  return requireGroup(parts, context, name);
}
