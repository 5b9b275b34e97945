import type { CallContext } from "../kernel/context.ts";
import type { ServiceOptions } from "../kernel/service.ts";
import { untilNoConflict } from "../kernel/until-no-conflict.ts";
import { type WorkItem, work } from "../kernel/work.ts";
import { Conflict } from "../store/errors.ts";
import { randomSuffix } from "./create.ts";
import { invalidParameter, invalidRequest, secretNotFound } from "./errors.ts";
import { findSecret, requireAnySecret, type SecretReference, type SecretsParts } from "./parts.ts";
import { secrets } from "./table.ts";

const DAY_MS = 86_400_000;
const DEFAULT_WINDOW_DAYS = 30;

export interface DeleteSecretInput extends SecretReference {
  readonly RecoveryWindowInDays?: number;
  readonly ForceDeleteWithoutRecovery?: boolean;
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html */
export async function deleteSecret(parts: SecretsParts, context: CallContext, input: DeleteSecretInput) {
  const { store, clock, ids } = parts;
  const {
    SecretId,
    RecoveryWindowInDays: days = DEFAULT_WINDOW_DAYS,
    ForceDeleteWithoutRecovery: force,
  } = input;
  if (force && input.RecoveryWindowInDays !== undefined) {
    throw invalidParameter(
      "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
    );
  }
  if (days < 7 || days > 30) {
    throw invalidParameter("The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).");
  }
  return untilNoConflict(async () => {
    const secret = await findSecret(parts, context, SecretId);
    const nowMs = clock.now();
    if (!secret) {
      // Deleting by force what is not there succeeds on AWS.
      if (!force) throw secretNotFound();
      const { region, account } = context;
      const arn = `arn:aws:secretsmanager:${region}:${account}:secret:${SecretId}-${randomSuffix(ids)}`;
      return SecretId.startsWith("arn:")
        ? { ARN: SecretId, Name: SecretId.split(":").at(-1), DeletionDate: nowMs }
        : { ARN: arn, Name: SecretId, DeletionDate: nowMs };
    }
    const answer = { ARN: secret.arn, Name: secret.name };
    if (force) {
      await store.commit(secrets.delete(secret), { key: secret.arn });
      return { ...answer, DeletionDate: nowMs };
    }
    if (secret.deletesAtMs !== undefined) {
      throw invalidRequest("You tried to perform the operation on a secret that's currently marked deleted.");
    }
    const deletesAtMs = nowMs + days * DAY_MS;
    const { changes, committed } = parts.willExpire(deletesAtMs);
    await store.commit([secrets.update({ ...secret, deletesAtMs }), ...changes], { key: secret.arn });
    committed();
    return { ...answer, DeletionDate: deletesAtMs };
  });
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RestoreSecret.html */
export async function restoreSecret(parts: SecretsParts, context: CallContext, input: SecretReference) {
  return untilNoConflict(async () => {
    const { deletesAtMs: _, ...secret } = await requireAnySecret(parts, context, input);
    await parts.store.commit([secrets.update(secret)], { key: secret.arn });
    return { ARN: secret.arn, Name: secret.name };
  });
}

/** The kind of the one work item that removes secrets whose recovery window is over. */
const EXPIRY_WORK = "secret-expiry";
/** It belongs to no account, but every key begins with one. */
const EXPIRY_KEY = "000000000000/us-east-1/secret-expiry/secrets";
const BATCH = 50;

/** Removes deleted secrets for good when their time has come; there is a work item as long as there is any such. */
export class SecretExpiry {
  readonly #options: ServiceOptions;

  constructor(options: ServiceOptions) {
    this.#options = options;
    options.dispatcher.handle(EXPIRY_WORK, (item) => this.#remove(item));
  }

  readonly willExpire: SecretsParts["willExpire"] = (atMs) => ({
    // Marked first: whoever has the item then looks again before it finishes it.
    changes: [work.markDirty(EXPIRY_KEY, atMs), work.insertEarlier(EXPIRY_KEY, EXPIRY_WORK, atMs)],
    committed: () => this.#options.dispatcher.wake(atMs),
  });

  async #remove(item: WorkItem): Promise<void> {
    const { store, clock, owner, dispatcher } = this.#options;
    const nowMs = clock.now();
    for (const secret of await secrets.expired(store, nowMs, BATCH)) {
      // Whoever has restored it meanwhile was faster.
      await store.commit(secrets.delete(secret), { key: secret.arn }).catch((error: unknown) => {
        if (!(error instanceof Conflict)) throw error;
      });
    }
    const nextMs = await secrets.nextExpiryMs(store);
    if (nextMs === undefined) {
      await store.commit([work.finishUnlessDirty(item, owner)], { key: EXPIRY_KEY });
      return;
    }
    const release = work.release(item, owner, Math.max(nextMs, nowMs), nowMs);
    const [rows] = await store.commit([release], { key: EXPIRY_KEY });
    dispatcher.wake(Number(rows![0]!.available_at));
  }
}
