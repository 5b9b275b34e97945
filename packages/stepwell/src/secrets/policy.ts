import type { CallContext } from "../kernel/context.ts";
import { AwsError } from "../kernel/errors.ts";
import { secretNotFound } from "./errors.ts";
import { changeSecret, findSecret, requireSecret, type SecretReference, type SecretsParts } from "./parts.ts";
import { secrets } from "./table.ts";

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html; it is kept, not enforced. */
export function putResourcePolicy(
  parts: SecretsParts,
  context: CallContext,
  input: SecretReference & { readonly ResourcePolicy: string; readonly BlockPublicPolicy?: boolean },
) {
  const statements = statementsOf(input.ResourcePolicy);
  if (input.BlockPublicPolicy && statements.some(isPublic)) {
    throw new AwsError(
      "PublicPolicyException",
      "This resource policy grants broad access to the secret. Make it more restrictive, or leave out BlockPublicPolicy.",
    );
  }
  return changeSecret(parts, context, input, async (secret) => ({
    answer: { ARN: secret.arn, Name: secret.name },
    changes: [secrets.update({ ...secret, policy: input.ResourcePolicy })],
  }));
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetResourcePolicy.html */
export async function getResourcePolicy(parts: SecretsParts, context: CallContext, input: SecretReference) {
  const { arn, name, policy } = await requireSecret(parts, context, input);
  return { ARN: arn, Name: name, ...(policy === undefined ? {} : { ResourcePolicy: policy }) };
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteResourcePolicy.html */
export function deleteResourcePolicy(parts: SecretsParts, context: CallContext, input: SecretReference) {
  return changeSecret(parts, context, input, async ({ policy: _, ...secret }) => ({
    answer: { ARN: secret.arn, Name: secret.name },
    changes: [secrets.update(secret)],
  }));
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ValidateResourcePolicy.html: whether it is one. */
export async function validateResourcePolicy(
  parts: SecretsParts,
  context: CallContext,
  input: Partial<SecretReference> & { readonly ResourcePolicy: string },
) {
  const { SecretId, ResourcePolicy } = input;
  if (SecretId !== undefined && !(await findSecret(parts, context, SecretId))) throw secretNotFound();
  statementsOf(ResourcePolicy);
  return { PolicyValidationPassed: true, ValidationErrors: [] };
}

interface Statement {
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly Condition?: unknown;
}

function statementsOf(policy: string): readonly Statement[] {
  let document: { readonly Statement?: Statement | readonly Statement[] } | undefined;
  try {
    document = JSON.parse(policy);
  } catch {
    throw malformed("This resource policy contains invalid Json.");
  }
  if (typeof document !== "object" || document === null || document.Statement === undefined) {
    throw malformed("This resource policy contains a syntax error: it has no Statement.");
  }
  return [document.Statement].flat() as readonly Statement[];
}

function malformed(message: string): AwsError {
  return new AwsError("MalformedPolicyDocumentException", message);
}

function isPublic({ Effect, Principal, Condition }: Statement): boolean {
  const anyone = Principal === "*" || (Principal as { readonly AWS?: unknown } | undefined)?.AWS === "*";
  return Effect === "Allow" && anyone && Condition === undefined;
}
