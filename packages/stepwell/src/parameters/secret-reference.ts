import type { CallContext } from "../kernel/context.ts";
import { AwsError } from "../kernel/errors.ts";
import { invalid } from "./errors.ts";
import { parameterArn } from "./names.ts";
import type { ParametersParts } from "./parts.ts";

/** Parameters of these names are secrets of Secrets Manager. */
const PREFIX = "/aws/reference/secretsmanager/";

interface SecretAnswer {
  readonly ARN: string;
  readonly Name: string;
  readonly VersionId: string;
  readonly SecretString?: string;
  readonly VersionStages?: readonly string[];
  readonly CreatedDate: number;
}

export function isSecretReference(name: string): boolean {
  return name.startsWith(PREFIX);
}

/**
 * A secret as a parameter; a version or a stage may follow after a colon.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html
 */
export async function referencedSecret(
  { operations }: ParametersParts,
  context: CallContext,
  name: string,
  decrypted: boolean,
) {
  if (!decrypted) {
    throw invalid("WithDecryption flag must be True for retrieving a Secret Manager secret.");
  }
  const [SecretId, selector] = name.slice(PREFIX.length).split(":") as [string, string | undefined];
  const secret = await secretOf(operations, context, name, { SecretId, ...selection(selector) });
  const fullName = `${PREFIX}${secret.Name}`;
  return {
    ...{ Name: fullName, Type: "SecureString", Value: secret.SecretString, Version: 0 },
    ...(selector === undefined ? {} : { Selector: `:${selector}` }),
    SourceResult: JSON.stringify({
      ...{ ARN: secret.ARN, name: secret.Name, versionId: secret.VersionId },
      ...{ secretString: secret.SecretString, versionStages: secret.VersionStages },
      createdDate: new Date(secret.CreatedDate).toISOString(),
    }),
    ...{ LastModifiedDate: secret.CreatedDate, ARN: parameterArn(context, fullName), DataType: "text" },
  };
}

function selection(selector: string | undefined) {
  if (selector === undefined) return {};
  return /^[0-9a-f-]{32,64}$/i.test(selector) ? { VersionId: selector } : { VersionStage: selector };
}

async function secretOf(
  operations: ParametersParts["operations"],
  context: CallContext,
  name: string,
  input: object,
): Promise<SecretAnswer> {
  try {
    return (await operations.call(context, "secretsmanager.GetSecretValue", input)) as SecretAnswer;
  } catch (error) {
    const missing = error instanceof AwsError && error.code === "ResourceNotFoundException";
    if (!missing) throw error;
    throw new AwsError(
      "ParameterNotFound",
      `An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret ${name} not found.`,
    );
  }
}
