import type { CallContext } from "../kernel/context.ts";
import { AwsError } from "../kernel/errors.ts";
import { Conflict } from "../store/errors.ts";
import type { Change } from "../store/store.ts";
import { givenValue, sameValue, type ValueInput } from "./create.ts";
import { invalidParameter, invalidRequest, notFound, requireToken, secretNotFound } from "./errors.ts";
import { changeSecret, requireSecret, type SecretReference, type SecretsParts } from "./parts.ts";
import type { Secret, SecretValue, SecretVersion } from "./secret.ts";
import { secrets } from "./table.ts";
import { CURRENT, versionAt, withStageMoved, withVersion } from "./versions.ts";

const DAY_MS = 86_400_000;

export interface GetValueInput extends SecretReference {
  readonly VersionId?: string;
  readonly VersionStage?: string;
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html */
export async function getSecretValue(parts: SecretsParts, context: CallContext, input: GetValueInput) {
  const secret = await requireSecret(parts, context, input);
  const version = wantedVersion(secret, input);
  const value = await secrets.value(parts.store, secret.arn, version.id);
  // It was removed just now.
  if (!value) throw secretNotFound();
  await noteAccess(parts, secret, version);
  return {
    ...{ ARN: secret.arn, Name: secret.name, VersionId: version.id },
    ...("text" in value ? { SecretString: value.text } : { SecretBinary: value.binary }),
    ...(version.stages.length > 0 ? { VersionStages: version.stages } : {}),
    CreatedDate: version.createdAtMs,
  };
}

function wantedVersion({ versions }: Secret, { VersionId, VersionStage }: GetValueInput): SecretVersion {
  if (VersionId === undefined) {
    const stage = VersionStage ?? CURRENT;
    const version = versionAt(versions, stage);
    if (version) return version;
    throw notFound(`Secrets Manager can't find the specified secret value for staging label: ${stage}`);
  }
  const version = versions.find(({ id }) => id === VersionId);
  if (!version) {
    throw notFound(`Secrets Manager can't find the specified secret value for VersionId: ${VersionId}`);
  }
  if (VersionStage !== undefined && !version.stages.includes(VersionStage)) {
    throw invalidRequest("You provided a VersionStage that is not associated to the provided VersionId.");
  }
  return version;
}

/** AWS tells the day only, so one write a day will do; when somebody else changes the secret just now, none. */
async function noteAccess(
  { store, clock }: SecretsParts,
  secret: Secret,
  version: SecretVersion,
): Promise<void> {
  const dayMs = Math.floor(clock.now() / DAY_MS) * DAY_MS;
  if (version.lastAccessedMs === dayMs) return;
  const versions = secret.versions.map((other) =>
    other.id === version.id ? { ...other, lastAccessedMs: dayMs } : other,
  );
  await store
    .commit([secrets.update({ ...secret, versions })], { key: secret.arn })
    .catch((error: unknown) => {
      if (!(error instanceof Conflict)) throw error;
    });
}

export interface PutValueInput extends SecretReference, ValueInput {
  readonly ClientRequestToken?: string;
  readonly VersionStages?: readonly string[];
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html */
export async function putSecretValue(parts: SecretsParts, context: CallContext, input: PutValueInput) {
  const { VersionStages = [CURRENT] } = input;
  const token = requireToken(input.ClientRequestToken);
  const value = givenValue(input);
  if (!value) throw invalidRequest("You must provide either SecretString or SecretBinary.");
  return changeSecret(parts, context, input, async (secret) => {
    const { versions, changes } = await addVersion(parts, secret, token, value, VersionStages);
    const { stages } = versions.find(({ id }) => id === token)!;
    const answer = { ARN: secret.arn, Name: secret.name, VersionId: token, VersionStages: stages };
    return { answer, changes };
  });
}

export interface UpdateSecretInput extends SecretReference, ValueInput {
  readonly ClientRequestToken?: string;
  readonly Description?: string;
  readonly KmsKeyId?: string;
  readonly Type?: string;
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html */
export async function updateSecret(parts: SecretsParts, context: CallContext, input: UpdateSecretInput) {
  const { ClientRequestToken: token, Description, KmsKeyId, Type } = input;
  const value = givenValue(input);
  if (value) requireToken(token);
  return changeSecret(parts, context, input, async (known) => {
    const secret = {
      ...known,
      changedAtMs: parts.clock.now(),
      ...(Description === undefined ? {} : { description: Description }),
      ...(KmsKeyId === undefined ? {} : { kmsKeyId: KmsKeyId }),
      ...(Type === undefined ? {} : { type: Type }),
    };
    const answer = { ARN: secret.arn, Name: secret.name };
    if (!value) return { answer, changes: [secrets.update(secret)] };
    const { changes } = await addVersion(parts, secret, token!, value, [CURRENT]);
    const changed = changes.length > 0 ? changes : [secrets.update(secret)];
    return { answer: { ...answer, VersionId: token }, changes: changed };
  });
}

export interface MoveStageInput extends SecretReference {
  readonly VersionStage: string;
  readonly RemoveFromVersionId?: string;
  readonly MoveToVersionId?: string;
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html */
export function updateSecretVersionStage(parts: SecretsParts, context: CallContext, input: MoveStageInput) {
  const move = { from: input.RemoveFromVersionId, to: input.MoveToVersionId };
  return changeSecret(parts, context, input, async (secret) => {
    const versions = withStageMoved(secret.versions, input.VersionStage, move);
    const changed = { ...secret, versions, changedAtMs: parts.clock.now() };
    return { answer: { ARN: secret.arn, Name: secret.name }, changes: [secrets.update(changed)] };
  });
}

/** A token that is known is the same request sent again; with another value it is refused. */
async function addVersion(
  { store, clock }: SecretsParts,
  secret: Secret,
  token: string,
  value: SecretValue,
  stages: readonly string[],
): Promise<{ readonly versions: readonly SecretVersion[]; readonly changes: readonly Change[] }> {
  if (stages.length > 20) throw invalidParameter("A version can have no more than 20 staging labels.");
  const stored = await secrets.value(store, secret.arn, token);
  if (stored) {
    if (sameValue(stored, value)) return { versions: secret.versions, changes: [] };
    throw new AwsError(
      "ResourceExistsException",
      `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${secret.arn}.`,
    );
  }
  const nowMs = clock.now();
  const versions = withVersion(secret.versions, token, stages, nowMs);
  const removed = secret.versions.filter(({ id }) => !versions.some((version) => version.id === id));
  const changes = [
    secrets.update({ ...secret, versions, changedAtMs: nowMs }),
    secrets.insertValue(secret.arn, token, value),
    ...removed.map(({ id }) => secrets.deleteValue(secret.arn, id)),
  ];
  return { versions, changes };
}
