import type { CallContext } from "../kernel/context.ts";
import { AwsError, notSupported } from "../kernel/errors.ts";
import type { Ids } from "../kernel/ids.ts";
import { untilNoConflict } from "../kernel/until-no-conflict.ts";
import { invalidParameter, invalidRequest, requireToken } from "./errors.ts";
import { checkName, type SecretsParts } from "./parts.ts";
import type { Secret, SecretValue, Tag } from "./secret.ts";
import { secrets } from "./table.ts";
import { refuseBadTags } from "./tags.ts";
import { CURRENT, withVersion } from "./versions.ts";

/** Members that hold a value, in several operations. */
export interface ValueInput {
  readonly SecretString?: string;
  readonly SecretBinary?: Uint8Array;
}

export interface CreateSecretInput extends ValueInput {
  readonly Name: string;
  readonly ClientRequestToken?: string;
  readonly Description?: string;
  readonly KmsKeyId?: string;
  readonly Tags?: readonly Tag[];
  readonly Type?: string;
  readonly AddReplicaRegions?: readonly unknown[];
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html */
export async function createSecret(parts: SecretsParts, context: CallContext, input: CreateSecretInput) {
  const { store, clock, ids } = parts;
  const { Name, ClientRequestToken: token, Description, KmsKeyId, Tags, Type } = input;
  if (input.AddReplicaRegions) throw notSupported("replicas of secrets (AddReplicaRegions)", "Leave it out.");
  checkName(Name);
  refuseBadTags(Tags ?? []);
  const value = givenValue(input);
  if (value) requireToken(token);
  const nowMs = clock.now();
  const { account, region } = context;
  const secret: Secret = {
    ...{ account, region, name: Name, createdAtMs: nowMs, changedAtMs: nowMs, revision: 1 },
    arn: `arn:aws:secretsmanager:${region}:${account}:secret:${Name}-${randomSuffix(ids)}`,
    ...(Description ? { description: Description } : {}),
    ...(KmsKeyId ? { kmsKeyId: KmsKeyId } : {}),
    ...(Type ? { type: Type } : {}),
    ...(Tags ? { tags: Tags } : {}),
    versions: value ? withVersion([], token!, [CURRENT], nowMs) : [],
  };
  return untilNoConflict(async () => {
    const known = await secrets.find(store, context, Name);
    if (known) return repeated(parts, known, token, value);
    const values = value ? [secrets.insertValue(secret.arn, token!, value)] : [];
    await store.commit([secrets.insert(secret), ...values], { key: secret.arn });
    return answerOf(secret, value && token);
  });
}

/** A request that is sent again by a client that got no answer is answered as before. */
async function repeated(
  { store }: SecretsParts,
  known: Secret,
  token: string | undefined,
  value: SecretValue | undefined,
) {
  if (known.deletesAtMs !== undefined) {
    throw invalidRequest(
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    );
  }
  const stored = token === undefined ? undefined : await secrets.value(store, known.arn, token);
  if (stored && value && sameValue(stored, value)) return answerOf(known, token);
  throw new AwsError(
    "ResourceExistsException",
    `The operation failed because the secret ${known.name} already exists.`,
  );
}

function answerOf({ arn, name }: Secret, version: string | undefined) {
  return { ARN: arn, Name: name, ...(version === undefined ? {} : { VersionId: version }) };
}

/** Text or bytes; undefined when there is neither. */
export function givenValue({ SecretString, SecretBinary }: ValueInput): SecretValue | undefined {
  if (SecretString !== undefined && SecretBinary !== undefined) {
    throw invalidParameter("You can't specify both a binary secret value and a string secret value.");
  }
  if (SecretString !== undefined) return { text: SecretString };
  return SecretBinary === undefined ? undefined : { binary: SecretBinary };
}

export function sameValue(a: SecretValue, b: SecretValue): boolean {
  if ("text" in a) return "text" in b && a.text === b.text;
  return "binary" in b && Buffer.compare(a.binary, b.binary) === 0;
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Six characters, by which a secret differs from an earlier one of its name. */
export function randomSuffix(ids: Ids): string {
  return Array.from({ length: 6 }, () => LETTERS[Math.floor(ids.random() * LETTERS.length)]).join("");
}
