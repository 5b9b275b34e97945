import type { CallContext } from "../kernel/context.ts";
import { AwsError } from "../kernel/errors.ts";
import type { ServiceOptions } from "../kernel/service.ts";
import { untilNoConflict } from "../kernel/until-no-conflict.ts";
import type { Change } from "../store/store.ts";
import { markedForDeletion, secretNotFound } from "./errors.ts";
import type { Secret } from "./secret.ts";
import { secrets } from "./table.ts";

/** What the operations work with. */
export interface SecretsParts extends ServiceOptions {
  /** A secret will be gone for good at that time: changes for the commit that says so. */
  readonly willExpire: (atMs: number) => {
    readonly changes: readonly Change[];
    readonly committed: () => void;
  };
}

/** A secret by its name, its ARN, or its ARN without the random end. */
export interface SecretReference {
  readonly SecretId: string;
}

const NAME = /^[A-Za-z0-9/_+=.@!-]+$/;
/** Six random characters after a dash. */
const SUFFIX_LENGTH = 7;

export function checkName(name: string): void {
  if (NAME.test(name)) return;
  throw new AwsError(
    "ValidationException",
    "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
  );
}

/** The secret that a request is about, deleted or not. Throws ResourceNotFoundException. */
export async function requireAnySecret(
  parts: SecretsParts,
  context: CallContext,
  { SecretId }: SecretReference,
): Promise<Secret> {
  const secret = await findSecret(parts, context, SecretId);
  if (!secret) throw secretNotFound();
  return secret;
}

/** Like requireAnySecret; one that is deleted is refused. */
export async function requireSecret(
  parts: SecretsParts,
  context: CallContext,
  reference: SecretReference,
): Promise<Secret> {
  const secret = await requireAnySecret(parts, context, reference);
  if (secret.deletesAtMs !== undefined) throw markedForDeletion();
  return secret;
}

export async function findSecret(
  { store }: SecretsParts,
  context: CallContext,
  id: string,
): Promise<Secret | undefined> {
  if (!id.startsWith("arn:")) {
    checkName(id);
    return secrets.find(store, context, id);
  }
  const { region, account } = context;
  const prefix = `arn:aws:secretsmanager:${region}:${account}:secret:`;
  if (!id.startsWith(prefix)) return undefined;
  const rest = id.slice(prefix.length);
  if (!NAME.test(rest)) return undefined;
  const whole = await secrets.find(store, context, rest.slice(0, -SUFFIX_LENGTH));
  return whole?.arn === id ? whole : secrets.find(store, context, rest);
}

/** Changes a secret that is not deleted, again when somebody else was faster. */
export async function changeSecret<T>(
  parts: SecretsParts,
  context: CallContext,
  reference: SecretReference,
  change: (secret: Secret) => Promise<{ readonly changes: readonly Change[]; readonly answer: T }>,
): Promise<T> {
  return untilNoConflict(async () => {
    const { changes, answer } = await change(await requireSecret(parts, context, reference));
    if (changes.length > 0) await parts.store.commit(changes, { key: reference.SecretId });
    return answer;
  });
}
