import type { CallContext } from "../kernel/context.ts";
import { AwsError } from "../kernel/errors.ts";
import { untilNoConflict } from "../kernel/until-no-conflict.ts";
import { groupNotFound } from "./errors.ts";
import { groupArn } from "./names.ts";
import { requireStoredGroup, type SchedulerParts } from "./parts.ts";
import { groups, type Tag } from "./table/groups.ts";

interface TaggedResource {
  /** A group's ARN: schedules have no tags. */
  readonly ResourceArn: string;
}

const MOST_TAGS = 50;

/** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_TagResource.html */
export function tagResource(
  parts: SchedulerParts,
  context: CallContext,
  input: TaggedResource & { readonly Tags: readonly Tag[] },
): Promise<void> {
  const keys = new Set(input.Tags.map(({ Key }) => Key));
  return changeTags(parts, context, input, (tags) => [
    ...tags.filter(({ Key }) => !keys.has(Key)),
    ...input.Tags,
  ]);
}

/** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UntagResource.html */
export function untagResource(
  parts: SchedulerParts,
  context: CallContext,
  input: TaggedResource & { readonly TagKeys: readonly string[] },
): Promise<void> {
  return changeTags(parts, context, input, (tags) => tags.filter(({ Key }) => !input.TagKeys.includes(Key)));
}

/** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListTagsForResource.html */
export async function listTags(parts: SchedulerParts, context: CallContext, input: TaggedResource) {
  return { Tags: (await taggedGroup(parts, context, input)).tags };
}

export function refuseTooMany(tags: readonly Tag[]): void {
  if (tags.length <= MOST_TAGS) return;
  throw new AwsError("ServiceQuotaExceededException", `A schedule group has at most ${MOST_TAGS} tags.`, {
    httpStatus: 402,
  });
}

async function changeTags(
  parts: SchedulerParts,
  context: CallContext,
  input: TaggedResource,
  change: (tags: readonly Tag[]) => readonly Tag[],
): Promise<void> {
  await untilNoConflict(async () => {
    const group = await taggedGroup(parts, context, input);
    const tags = change(group.tags);
    refuseTooMany(tags);
    const changes = [groups.setTags(context, group, tags, parts.clock.now())];
    return parts.store.commit(changes, { key: "scheduler" });
  });
}

function taggedGroup(parts: SchedulerParts, context: CallContext, { ResourceArn }: TaggedResource) {
  const name = ResourceArn.slice(ResourceArn.indexOf("/") + 1);
  if (ResourceArn !== groupArn(context, name)) throw groupNotFound(name);
  return requireStoredGroup(parts, context, name);
}
