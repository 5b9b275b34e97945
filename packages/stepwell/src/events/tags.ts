import type { CallContext } from "../kernel/context.ts";
import { busNotFound, ruleNotFound, validationError } from "./errors.ts";
import { type BusName, busArn, parseBusArn, parseRuleArn } from "./names.ts";
import { type EventsParts, requireBus, requireRule, untilNoConflict } from "./parts.ts";
import { buses, type Tags } from "./table/buses.ts";
import { rules } from "./table/rules.ts";

export interface TagInput {
  readonly Key: string;
  readonly Value: string;
}

interface TaggedResource {
  readonly ResourceARN: string;
}

const MOST_TAGS = 50;

/** Throws ValidationException for a key that is there twice. */
export function toTags(input: readonly TagInput[] = []): Tags {
  const tags = Object.fromEntries(input.map(({ Key, Value }) => [Key, Value]));
  if (Object.keys(tags).length < input.length) {
    throw validationError("Invalid parameter: Duplicated keys are not allowed.");
  }
  return tags;
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTagsForResource.html */
export async function listTags(parts: EventsParts, context: CallContext, input: TaggedResource) {
  const { tags } = await taggedResource(parts, context, input);
  return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TagResource.html */
export async function tagResource(
  parts: EventsParts,
  context: CallContext,
  input: TaggedResource & { readonly Tags: readonly TagInput[] },
): Promise<void> {
  const added = toTags(input.Tags);
  await changeTags(parts, context, input, (tags) => ({ ...tags, ...added }));
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UntagResource.html */
export async function untagResource(
  parts: EventsParts,
  context: CallContext,
  input: TaggedResource & { readonly TagKeys: readonly string[] },
): Promise<void> {
  await changeTags(parts, context, input, (tags) =>
    Object.fromEntries(Object.entries(tags).filter(([key]) => !input.TagKeys.includes(key))),
  );
}

async function changeTags(
  parts: EventsParts,
  context: CallContext,
  input: TaggedResource,
  change: (tags: Tags) => Tags,
): Promise<void> {
  await untilNoConflict(async () => {
    const resource = await taggedResource(parts, context, input);
    const tags = change(resource.tags);
    if (Object.keys(tags).length > MOST_TAGS) {
      throw validationError(`A resource can have no more than ${MOST_TAGS} tags.`);
    }
    const update =
      "bus" in resource ? rules.update({ ...resource, tags }) : buses.update({ ...resource, tags });
    await parts.store.commit([update], { key: busArn("bus" in resource ? resource.bus : resource) });
  });
}

/** The rule or bus that an ARN names. */
async function taggedResource(parts: EventsParts, context: CallContext, { ResourceARN }: TaggedResource) {
  const isHere = (bus: BusName) => bus.account === context.account && bus.region === context.region;
  const named = parseRuleArn(ResourceARN);
  if (named) {
    if (!isHere(named.bus)) throw ruleNotFound(named.rule, named.bus.name);
    return requireRule(parts, named.bus, named.rule);
  }
  const bus = parseBusArn(ResourceARN);
  if (!bus)
    throw validationError(
      `Parameter ${ResourceARN} is not valid. Reason: Provided Arn is not in correct format.`,
    );
  if (!isHere(bus)) throw busNotFound(bus.name);
  return requireBus(parts, context, bus.name);
}
