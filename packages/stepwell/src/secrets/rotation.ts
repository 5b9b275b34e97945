import type { CallContext } from "../kernel/context.ts";
import { notSupported } from "../kernel/errors.ts";
import { invalidParameter, invalidRequest } from "./errors.ts";
import { requireSecret, type SecretReference, type SecretsParts } from "./parts.ts";

/** Rotation is refused by name; without a function to rotate with, it is what AWS refuses too. */
export async function rotateSecret(
  parts: SecretsParts,
  context: CallContext,
  input: SecretReference & { readonly ClientRequestToken?: string; readonly RotationLambdaARN?: string },
): Promise<never> {
  if (input.ClientRequestToken === undefined) {
    throw invalidParameter("You must provide a ClientRequestToken value. We recommend a UUID-type value.");
  }
  await requireSecret(parts, context, input);
  if (input.RotationLambdaARN === undefined) {
    throw invalidRequest("No Lambda rotation function ARN is associated with this secret.");
  }
  throw notSupported("the rotation of secrets (RotateSecret)", "Call PutSecretValue instead.");
}
