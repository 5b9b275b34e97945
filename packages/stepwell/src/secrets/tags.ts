import type { CallContext } from "../kernel/context.ts";
import { invalidParameter } from "./errors.ts";
import { changeSecret, type SecretReference, type SecretsParts } from "./parts.ts";
import type { Tag } from "./secret.ts";
import { secrets } from "./table.ts";

const MOST_TAGS = 50;

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_TagResource.html */
export function tagResource(
  parts: SecretsParts,
  context: CallContext,
  input: SecretReference & { readonly Tags: readonly Tag[] },
): Promise<void> {
  const keys = new Set(input.Tags.map(({ Key }) => Key));
  return changeTags(parts, context, input, (tags) => [
    ...tags.filter(({ Key }) => !keys.has(Key)),
    ...input.Tags,
  ]);
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UntagResource.html */
export function untagResource(
  parts: SecretsParts,
  context: CallContext,
  input: SecretReference & { readonly TagKeys: readonly string[] },
): Promise<void> {
  return changeTags(parts, context, input, (tags) => tags.filter(({ Key }) => !input.TagKeys.includes(Key)));
}

export function refuseBadTags(tags: readonly Tag[]): void {
  if (tags.length > MOST_TAGS) throw invalidParameter(`A secret can have no more than ${MOST_TAGS} tags.`);
  if (tags.some(({ Key }) => Key?.toLowerCase().startsWith("aws:"))) {
    throw invalidParameter("Tag keys can't begin with aws:, which is reserved.");
  }
}

function changeTags(
  parts: SecretsParts,
  context: CallContext,
  reference: SecretReference,
  change: (tags: readonly Tag[]) => readonly Tag[],
): Promise<void> {
  return changeSecret(parts, context, reference, async (secret) => {
    const tags = change(secret.tags ?? []);
    refuseBadTags(tags);
    return { answer: undefined, changes: [secrets.update({ ...secret, tags })] };
  });
}
