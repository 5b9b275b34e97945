import type { CallContext } from "../kernel/context.ts";
import { AwsError, notSupported } from "../kernel/errors.ts";
import { untilNoConflict } from "../kernel/until-no-conflict.ts";
import { parseSelected } from "./names.ts";
import type { Parameter, Tag } from "./parameter.ts";
import { findParameter, type ParametersParts } from "./parts.ts";
import { parameters } from "./table.ts";

interface TaggedResource {
  readonly ResourceType: string;
  readonly ResourceId: string;
}

const MOST_TAGS = 50;
const OTHER_TYPES = [
  ...["Association", "Automation", "Document", "MaintenanceWindow", "ManagedInstance", "OpsItem"],
  ...["OpsMetadata", "PatchBaseline"],
];

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_AddTagsToResource.html */
export function addTagsToResource(
  parts: ParametersParts,
  context: CallContext,
  input: TaggedResource & { readonly Tags: readonly Tag[] },
): Promise<void> {
  const keys = new Set(input.Tags.map(({ Key }) => Key));
  return changeTags(parts, context, input, (tags) => [
    ...tags.filter(({ Key }) => !keys.has(Key)),
    ...input.Tags,
  ]);
}

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_RemoveTagsFromResource.html */
export function removeTagsFromResource(
  parts: ParametersParts,
  context: CallContext,
  input: TaggedResource & { readonly TagKeys: readonly string[] },
): Promise<void> {
  return changeTags(parts, context, input, (tags) => tags.filter(({ Key }) => !input.TagKeys.includes(Key)));
}

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ListTagsForResource.html */
export async function listTags(parts: ParametersParts, context: CallContext, input: TaggedResource) {
  return { TagList: (await taggedParameter(parts, context, input)).tags };
}

export function refuseTooMany(tags: readonly Tag[]): void {
  if (tags.length <= MOST_TAGS) return;
  throw new AwsError("TooManyTagsError", `A parameter can have no more than ${MOST_TAGS} tags.`);
}

async function changeTags(
  parts: ParametersParts,
  context: CallContext,
  input: TaggedResource,
  change: (tags: readonly Tag[]) => readonly Tag[],
): Promise<void> {
  await untilNoConflict(async () => {
    const parameter = await taggedParameter(parts, context, input);
    const tags = change(parameter.tags);
    refuseTooMany(tags);
    return parts.store.commit([parameters.update({ ...parameter, tags })], { key: parameter.name });
  });
}

async function taggedParameter(
  parts: ParametersParts,
  context: CallContext,
  { ResourceType, ResourceId }: TaggedResource,
): Promise<Parameter> {
  if (OTHER_TYPES.includes(ResourceType)) {
    throw notSupported(`${ResourceType} of SSM`, "It has parameters.");
  }
  if (ResourceType !== "Parameter") {
    throw new AwsError(
      "InvalidResourceType",
      "The resource type is not valid. For example, if you are attempting to tag an EC2 instance, the instance must be " +
        "a registered managed node.",
    );
  }
  const parameter = await findParameter(parts, context, parseSelected(context, ResourceId).names);
  if (parameter) return parameter;
  throw new AwsError(
    "InvalidResourceId",
    "The resource ID is not valid. Verify that you entered the correct ID and try again.",
  );
}
