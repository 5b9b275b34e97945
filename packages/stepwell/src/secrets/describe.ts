import type { CallContext } from "../kernel/context.ts";
import { requireAnySecret, type SecretReference, type SecretsParts } from "./parts.ts";
import type { Secret } from "./secret.ts";
import { decodeToken, encodeToken } from "./tokens.ts";

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html */
export async function describeSecret(parts: SecretsParts, context: CallContext, input: SecretReference) {
  const secret = await requireAnySecret(parts, context, input);
  const stages = stagesOf(secret);
  return { ...description(secret), ...(stages ? { VersionIdsToStages: stages } : {}) };
}

/** What DescribeSecret and ListSecrets have in common. */
export function description(secret: Secret) {
  const { description: text, kmsKeyId, type, tags, versions, deletesAtMs } = secret;
  const accessed = versions.flatMap(({ lastAccessedMs }) => lastAccessedMs ?? []);
  return {
    ...{ ARN: secret.arn, Name: secret.name },
    ...(text ? { Description: text } : {}),
    ...(kmsKeyId ? { KmsKeyId: kmsKeyId } : {}),
    ...(type ? { Type: type } : {}),
    ...{ CreatedDate: secret.createdAtMs, LastChangedDate: secret.changedAtMs },
    ...(accessed.length > 0 ? { LastAccessedDate: Math.max(...accessed) } : {}),
    ...(deletesAtMs === undefined ? {} : { DeletedDate: deletesAtMs }),
    ...(tags ? { Tags: tags } : {}),
  };
}

/** Which stages each version has, of those that have any. */
export function stagesOf({ versions }: Secret): Record<string, readonly string[]> | undefined {
  const staged = versions.filter(({ stages }) => stages.length > 0);
  return staged.length === 0 ? undefined : Object.fromEntries(staged.map(({ id, stages }) => [id, stages]));
}

const PAGE = 100;

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecretVersionIds.html */
export async function listSecretVersionIds(
  parts: SecretsParts,
  context: CallContext,
  input: SecretReference & {
    readonly MaxResults?: number;
    readonly NextToken?: string;
    readonly IncludeDeprecated?: boolean;
  },
) {
  const { MaxResults = PAGE, NextToken, IncludeDeprecated } = input;
  const { arn, name, versions, kmsKeyId } = await requireAnySecret(parts, context, input);
  const start = NextToken === undefined ? 0 : decodeToken(NextToken);
  const listed = versions.filter(({ stages }) => IncludeDeprecated || stages.length > 0);
  const end = start + MaxResults;
  return {
    ...{ ARN: arn, Name: name },
    Versions: listed.slice(start, end).map((version) => ({
      VersionId: version.id,
      ...(version.stages.length > 0 ? { VersionStages: version.stages } : {}),
      ...(version.lastAccessedMs === undefined ? {} : { LastAccessedDate: version.lastAccessedMs }),
      CreatedDate: version.createdAtMs,
      KmsKeyIds: [kmsKeyId ?? "DefaultEncryptionKey"],
    })),
    ...(end < listed.length ? { NextToken: encodeToken(end) } : {}),
  };
}
