import type { CallContext } from "../kernel/context.ts";
import { AwsError } from "../kernel/errors.ts";
import { changeBus } from "./buses.ts";
import { notFound, validationError } from "./errors.ts";
import { busArn } from "./names.ts";
import type { EventsParts } from "./parts.ts";
import type { EventBus } from "./table/buses.ts";

/** Policies are kept and shown; nobody is kept from a bus by them. */
interface Policy {
  readonly Version: string;
  readonly Statement: readonly Statement[];
}

interface Statement {
  readonly Sid?: string;
}

interface PutPermissionInput {
  readonly EventBusName?: string;
  readonly Action?: string;
  readonly Principal?: string;
  readonly StatementId?: string;
  readonly Condition?: { readonly Type: string; readonly Key: string; readonly Value: string };
  readonly Policy?: string;
}

const MOST_POLICY_BYTES = 10_240;

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html */
export async function putPermission(
  parts: EventsParts,
  context: CallContext,
  input: PutPermissionInput,
): Promise<void> {
  await changeBus(parts, context, input.EventBusName, (bus) => {
    const policy = input.Policy === undefined ? withStatement(bus, input) : checkedPolicy(input.Policy);
    if (Buffer.byteLength(policy) > MOST_POLICY_BYTES) {
      throw new AwsError("PolicyLengthExceededException", "The policy is longer than 10,240 bytes.");
    }
    return { bus: { ...bus, policy }, result: undefined };
  });
}

function checkedPolicy(policy: string): string {
  if (!parsePolicy(policy)) throw validationError("Parameter Policy is not valid.");
  return policy;
}

function withStatement(bus: EventBus, { Action, Principal, StatementId, Condition }: PutPermissionInput) {
  for (const [name, value] of Object.entries({ Action, Principal, StatementId })) {
    if (value === undefined) throw validationError(`Parameter ${name} must be specified.`);
  }
  const statement = {
    Sid: StatementId!,
    Effect: "Allow",
    Principal: Principal === "*" ? "*" : { AWS: `arn:aws:iam::${Principal}:root` },
    Action,
    Resource: busArn(bus),
    ...(Condition ? { Condition: { [Condition.Type]: { [Condition.Key]: Condition.Value } } } : {}),
  };
  const others = statementsOf(bus).filter(({ Sid }) => Sid !== StatementId);
  return toText([...others, statement]);
}

interface RemovePermissionInput {
  readonly EventBusName?: string;
  readonly StatementId?: string;
  readonly RemoveAllPermissions?: boolean;
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RemovePermission.html */
export async function removePermission(
  parts: EventsParts,
  context: CallContext,
  { EventBusName, StatementId, RemoveAllPermissions }: RemovePermissionInput,
): Promise<void> {
  if (StatementId === undefined && !RemoveAllPermissions) {
    throw validationError("Parameter StatementId must be specified.");
  }
  await changeBus(parts, context, EventBusName, ({ policy: _policy, ...bus }) => {
    if (RemoveAllPermissions && StatementId === undefined) return { bus, result: undefined };
    const statements = statementsOf({ ...bus, ...(_policy === undefined ? {} : { policy: _policy }) });
    const rest = statements.filter(({ Sid }) => Sid !== StatementId);
    if (rest.length === statements.length) {
      throw notFound("Statement with the provided id does not exist.");
    }
    return { bus: rest.length === 0 ? bus : { ...bus, policy: toText(rest) }, result: undefined };
  });
}

function statementsOf({ policy }: EventBus): readonly Statement[] {
  return (policy === undefined ? undefined : parsePolicy(policy)?.Statement) ?? [];
}

function toText(Statement: readonly Statement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement } satisfies Policy);
}

/** Undefined for what is no policy. One statement may stand without a list. */
function parsePolicy(text: string): Policy | undefined {
  try {
    const { Version = "2012-10-17", Statement } = JSON.parse(text);
    if (typeof Statement !== "object" || Statement === null) return undefined;
    return { Version, Statement: Array.isArray(Statement) ? Statement : [Statement] };
  } catch {
    return undefined;
  }
}
