import type { CallContext } from "../kernel/context.ts";
import { notSupported } from "../kernel/errors.ts";
import type { Operation } from "../kernel/operations.ts";
import type { Store } from "../store/store.ts";
import { invalidParameter, notFound } from "./errors.ts";
import { mappings } from "./mappings/table.ts";
import { parseReference } from "./reference.ts";
import { functions } from "./table.ts";

type Tags = Readonly<Record<string, string>>;

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html */
const MOST_TAGS = 50;

/** Refuses more tags than AWS lets a function have. */
export function checkTags(tags: Tags): Tags {
  if (Object.keys(tags).length > MOST_TAGS) {
    throw invalidParameter("Number of tags exceeds function tag limit.");
  }
  return tags;
}

/** Tags of functions and of event source mappings; a change of them is no change of `$LATEST`. */
export function tagOperations(store: Store) {
  const change = async (context: CallContext, resource: string, decide: (tags: Tags) => Tags) => {
    const tagged = taggedBy(context, resource);
    if ("uuid" in tagged) {
      await mappings.modify(store, context, tagged.uuid, (mapping) => ({
        ...mapping,
        tags: checkTags(decide(mapping.tags)),
      }));
      return {};
    }
    await functions.modify(store, context, tagged.name, (latest) => {
      const tags = checkTags(decide(latest.shared.tags));
      return { latest: { ...latest, shared: { ...latest.shared, tags } } };
    });
    return {};
  };
  return {
    async TagResource(context: CallContext, input: { readonly Resource: string; readonly Tags: Tags }) {
      if (Object.keys(input.Tags).length === 0) {
        throw invalidParameter("An error occurred and the request cannot be processed.");
      }
      return change(context, input.Resource, (tags) => ({ ...tags, ...input.Tags }));
    },
    async UntagResource(
      context: CallContext,
      input: { readonly Resource: string; readonly TagKeys: string[] },
    ) {
      const gone = new Set(input.TagKeys);
      return change(context, input.Resource, (tags) =>
        Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key))),
      );
    },
    async ListTags(context: CallContext, input: { readonly Resource: string }) {
      const tagged = taggedBy(context, input.Resource);
      if ("uuid" in tagged) return { Tags: (await mappings.get(store, context, tagged.uuid)).tags };
      return { Tags: (await functions.latest(store, context, tagged.name)).shared.tags };
    },
  } satisfies Record<string, Operation>;
}

/** The function or the mapping that an ARN names; nothing else has tags here. */
function taggedBy(
  context: CallContext,
  resource: string,
): { readonly name: string } | { readonly uuid: string } {
  const [, , , region, account, kind, uuid] = resource.split(":");
  if (kind === "event-source-mapping" && uuid !== undefined) {
    if (region === context.region && account === context.account) return { uuid };
    throw notFound("The resource you requested does not exist.");
  }
  if (kind !== "function") {
    throw notSupported(`tags of ${resource}`, "Only functions and event source mappings have tags.");
  }
  const { name, qualifier } = parseReference(context, resource);
  if (qualifier === undefined) return { name };
  throw invalidParameter(
    "Tagging operations are permitted on Lambda functions only. Tags on aliases and versions are not supported. " +
      "Please specify either a function name or a function ARN.",
  );
}
