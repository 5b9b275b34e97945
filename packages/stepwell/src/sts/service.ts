import type { CallContext } from "../kernel/context.ts";
import { AwsError } from "../kernel/errors.ts";
import type { Ids } from "../kernel/ids.ts";
import type { InputCheck, Operation } from "../kernel/operations.ts";
import { validate } from "../kernel/schema/validate.ts";
import type { Sessions } from "../kernel/sessions.ts";
import { assumedRoleArn, assumedRoleId, identityOf, parseRole, type Role } from "./principal.ts";
import { readWebIdentity } from "./web-identity.ts";

interface StsParts {
  readonly ids: Ids;
  readonly sessions: Sessions;
}

/** Members that the operations which give credentials have in common. */
interface SessionInput {
  readonly DurationSeconds?: number;
  /** JSON text; it restricts nothing here. */
  readonly Policy?: string;
  readonly Tags?: readonly unknown[];
  readonly SourceIdentity?: string;
}

interface RoleInput extends SessionInput {
  readonly RoleArn: string;
  readonly RoleSessionName: string;
}

const HOUR_SECONDS = 3600;

/** STS's code for violated constraints is an older one. */
export const checkStsInput: InputCheck = (operation, input) => {
  try {
    return validate(operation, input);
  } catch (error) {
    const violated = error instanceof AwsError && error.code === "ValidationException";
    throw violated ? invalid(error.message) : error;
  }
};

/** Security Token Service, for the operation table. Anybody may be whoever they say: there are no roles to look at. */
export function stsOperations(parts: StsParts): Readonly<Record<string, Operation>> {
  return {
    AssumeRole: async (context, input: RoleInput) => {
      return assumeRole(parts, context, input, HOUR_SECONDS);
    },
    AssumeRoleWithWebIdentity: async (context, input: RoleInput & { readonly WebIdentityToken: string }) => {
      const { subject, audience, provider } = readWebIdentity(input.WebIdentityToken, context.clock.now());
      const answer = assumeRole(parts, context, input, HOUR_SECONDS);
      return { ...answer, SubjectFromWebIdentityToken: subject, Audience: audience, Provider: provider };
    },
    GetAccessKeyInfo: async ({ account }) => ({ Account: account }),
    GetCallerIdentity: async ({ principal }) => ({ ...identityOf(principal), Arn: principal }),
    GetFederationToken: async (context, input: SessionInput & { readonly Name: string }) => {
      const { account } = context;
      const principal = `arn:aws:sts::${account}:federated-user/${input.Name}`;
      return {
        ...credentials(parts, context, principal, input, 12 * HOUR_SECONDS),
        FederatedUser: { FederatedUserId: `${account}:${input.Name}`, Arn: principal },
        ...packedSize(input),
      };
    },
    GetSessionToken: async (context, input: SessionInput) => {
      return credentials(parts, context, context.principal, input, 12 * HOUR_SECONDS);
    },
  };
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
function assumeRole(parts: StsParts, context: CallContext, input: RoleInput, defaultSeconds: number) {
  const { RoleArn, RoleSessionName: session, SourceIdentity } = input;
  const role = requireRole(RoleArn);
  const principal = assumedRoleArn(role, session);
  return {
    ...credentials(parts, context, principal, input, defaultSeconds),
    AssumedRoleUser: { AssumedRoleId: assumedRoleId(role, session), Arn: principal },
    ...packedSize(input),
    ...(SourceIdentity === undefined ? {} : { SourceIdentity }),
  };
}

function requireRole(arn: string): Role {
  const role = parseRole(arn);
  if (!role) throw invalid(`${arn} is invalid`);
  return role;
}

function credentials(
  { ids, sessions }: StsParts,
  { clock }: CallContext,
  principal: string,
  { DurationSeconds }: SessionInput,
  defaultSeconds: number,
) {
  const expiresAtMs = clock.now() + (DurationSeconds ?? defaultSeconds) * 1000;
  const { key } = sessions.issue(principal, expiresAtMs, ids);
  return {
    Credentials: {
      ...{ AccessKeyId: key.accessKeyId, SecretAccessKey: key.secretAccessKey },
      ...{ SessionToken: key.sessionToken, Expiration: expiresAtMs },
    },
  };
}

const LARGEST_POLICY = 2048;

/** How much of their limit a session's policy and tags take up, in per cent. */
function packedSize({ Policy, Tags }: SessionInput): { readonly PackedPolicySize?: number } {
  if (Policy === undefined && Tags === undefined) return {};
  if (Policy !== undefined && !isJson(Policy)) {
    throw new AwsError("MalformedPolicyDocumentException", "Syntax errors in policy.");
  }
  const size = (Policy ?? "").length + (Tags === undefined ? 0 : JSON.stringify(Tags).length);
  const percent = Math.ceil((100 * size) / LARGEST_POLICY);
  if (percent > 100) {
    throw new AwsError(
      "PackedPolicyTooLargeException",
      `Packed size of session tags and policies consumes ${percent}% of allotted space.`,
    );
  }
  return { PackedPolicySize: percent };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationError", message);
}
