import type { Service, ServiceOptions } from "../kernel/service.ts";
import { createSecret } from "./create.ts";
import { deleteSecret, restoreSecret, SecretExpiry } from "./delete.ts";
import { describeSecret, listSecretVersionIds } from "./describe.ts";
import { batchGetSecretValue, listSecrets } from "./list.ts";
import type { SecretsParts } from "./parts.ts";
import {
  deleteResourcePolicy,
  getResourcePolicy,
  putResourcePolicy,
  validateResourcePolicy,
} from "./policy.ts";
import { getRandomPassword } from "./random-password.ts";
import { rotateSecret } from "./rotation.ts";
import { tagResource, untagResource } from "./tags.ts";
import { getSecretValue, putSecretValue, updateSecret, updateSecretVersionStage } from "./values.ts";

/** Secrets Manager. Values are stored as they are given: the store is what protects them. */
export function createSecretsService(options: ServiceOptions): Service {
  const { willExpire } = new SecretExpiry(options);
  const parts: SecretsParts = { ...options, willExpire };
  return {
    name: "secretsmanager",
    operations: {
      BatchGetSecretValue: (context, input) => batchGetSecretValue(parts, context, input),
      CreateSecret: (context, input) => createSecret(parts, context, input),
      DeleteResourcePolicy: (context, input) => deleteResourcePolicy(parts, context, input),
      DeleteSecret: (context, input) => deleteSecret(parts, context, input),
      DescribeSecret: (context, input) => describeSecret(parts, context, input),
      GetRandomPassword: (_, input) => getRandomPassword(parts, input),
      GetResourcePolicy: (context, input) => getResourcePolicy(parts, context, input),
      GetSecretValue: (context, input) => getSecretValue(parts, context, input),
      ListSecrets: (context, input) => listSecrets(parts, context, input),
      ListSecretVersionIds: (context, input) => listSecretVersionIds(parts, context, input),
      PutResourcePolicy: (context, input) => putResourcePolicy(parts, context, input),
      PutSecretValue: (context, input) => putSecretValue(parts, context, input),
      RestoreSecret: (context, input) => restoreSecret(parts, context, input),
      RotateSecret: (context, input) => rotateSecret(parts, context, input),
      TagResource: (context, input) => tagResource(parts, context, input),
      UntagResource: (context, input) => untagResource(parts, context, input),
      UpdateSecret: (context, input) => updateSecret(parts, context, input),
      UpdateSecretVersionStage: (context, input) => updateSecretVersionStage(parts, context, input),
      ValidateResourcePolicy: (context, input) => validateResourcePolicy(parts, context, input),
    },
  };
}
