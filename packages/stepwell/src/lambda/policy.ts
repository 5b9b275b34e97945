import type { CallContext } from "../kernel/context.ts";
import { AwsError } from "../kernel/errors.ts";
import type { Operation } from "../kernel/operations.ts";
import type { Store } from "../store/store.ts";
import { conflict, functionNotFound, invalidParameter, notFound, staleRevision } from "./errors.ts";
import type { FunctionRecord } from "./record.ts";
import {
  type FunctionReference,
  isVersionNumber,
  LATEST,
  parseReference,
  referenceArn,
} from "./reference.ts";
import { type FunctionPolicy, hasQualifier, type PolicyStatement } from "./shared.ts";
import { functions } from "./table.ts";

interface Named {
  readonly FunctionName: string;
  readonly Qualifier?: string;
}

interface AddInput extends Named {
  readonly StatementId: string;
  readonly Action: string;
  readonly Principal: string;
  readonly SourceArn?: string;
  readonly SourceAccount?: string;
  readonly PrincipalOrgID?: string;
  readonly EventSourceToken?: string;
  readonly FunctionUrlAuthType?: string;
  readonly InvokedViaFunctionUrl?: boolean;
  readonly RevisionId?: string;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MOST_BYTES = 20 * 1024;

/**
 * Resource-based policies of functions, versions and aliases
 * (https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html). They decide on who may use a public
 * URL (urls/access.ts); whoever else calls is of the account that owns everything here, and needs none. A policy has a RevisionId of its own, so that a change of it is none of the
 * function.
 */
export function policyOperations(store: Store, newRevision: () => string) {
  /** `decide` returns the statements that take the place of the ones before. */
  const change = (
    context: CallContext,
    reference: FunctionReference,
    revisionId: string | undefined,
    decide: (before: readonly PolicyStatement[]) => readonly PolicyStatement[],
    missing?: () => AwsError,
  ) => {
    const change = (latest: FunctionRecord) => {
      requireQualifier(latest, reference);
      const qualifier = reference.qualifier ?? LATEST;
      const { policies } = latest.shared;
      const before = policies.find((policy) => policy.qualifier === qualifier);
      const statements = decide(before?.statements ?? []);
      if (revisionId !== undefined && revisionId !== (before ?? latest).revisionId) throw staleRevision();
      const others = policies.filter((policy) => policy !== before);
      const after: FunctionPolicy = { qualifier, statements, revisionId: newRevision() };
      checkSize(after);
      const kept = statements.length > 0 ? [...others, after] : others;
      return { latest: { ...latest, shared: { ...latest.shared, policies: kept } } };
    };
    return functions.modify(store, context, reference.name, change, missing);
  };

  return {
    async AddPermission(context: CallContext, input: AddInput) {
      const reference = parseReference(context, input.FunctionName, input.Qualifier);
      if (reference.qualifier === LATEST) {
        throw invalidParameter("We currently do not support adding policies for $LATEST.");
      }
      const statement = statementOf(input, referenceArn(context, reference));
      await change(context, reference, input.RevisionId, (before) => {
        if (before.some(({ Sid }) => Sid === input.StatementId)) {
          throw conflict(
            `The statement id (${input.StatementId}) provided already exists. ` +
              "Please provide a new statement id, or remove the existing statement.",
          );
        }
        return [...before, statement];
      });
      return { Statement: JSON.stringify(statement) };
    },
    async RemovePermission(
      context: CallContext,
      input: Named & { readonly StatementId: string; readonly RevisionId?: string },
    ) {
      const reference = parseReference(context, input.FunctionName, input.Qualifier);
      const decide = (before: readonly PolicyStatement[]) => {
        if (before.length === 0) throw notFound("No policy is associated with the given resource.");
        const rest = before.filter(({ Sid }) => Sid !== input.StatementId);
        if (rest.length < before.length) return rest;
        throw notFound(`Statement ${input.StatementId} is not found in resource policy.`);
      };
      const missing = () => notFound(`No policy found for: ${referenceArn(context, reference)}`);
      await change(context, reference, input.RevisionId, decide, missing);
      return {};
    },
    async GetPolicy(context: CallContext, input: Named) {
      const { name, qualifier = LATEST } = parseReference(context, input.FunctionName, input.Qualifier);
      const latest = await functions.latest(store, context, name);
      const policy = latest.shared.policies.find((one) => one.qualifier === qualifier);
      if (!policy) throw notFound("The resource you requested does not exist.");
      return { Policy: JSON.stringify(document(policy)), RevisionId: policy.revisionId };
    },
  } satisfies Record<string, Operation>;
}

function document({ statements }: FunctionPolicy) {
  return { Version: "2012-10-17", Id: "default", Statement: statements };
}

/** The statement in the form in which AWS keeps it. */
function statementOf(input: AddInput, arn: string): PolicyStatement {
  const { SourceArn, SourceAccount, PrincipalOrgID, EventSourceToken, FunctionUrlAuthType } = input;
  const equal = {
    ...(SourceAccount === undefined ? {} : { "AWS:SourceAccount": SourceAccount }),
    ...(PrincipalOrgID === undefined ? {} : { "aws:PrincipalOrgID": PrincipalOrgID }),
    ...(EventSourceToken === undefined ? {} : { "lambda:EventSourceToken": EventSourceToken }),
    ...(FunctionUrlAuthType === undefined ? {} : { "lambda:FunctionUrlAuthType": FunctionUrlAuthType }),
  };
  const conditions = {
    ...(Object.keys(equal).length > 0 ? { StringEquals: equal } : {}),
    ...(input.InvokedViaFunctionUrl === undefined
      ? {}
      : { Bool: { "lambda:InvokedViaFunctionUrl": String(input.InvokedViaFunctionUrl) } }),
    ...(SourceArn === undefined ? {} : { ArnLike: { "AWS:SourceArn": SourceArn } }),
  };
  return {
    Sid: input.StatementId,
    Effect: "Allow",
    Principal: principalOf(input.Principal),
    Action: input.Action,
    Resource: arn,
    ...(Object.keys(conditions).length > 0 ? { Condition: conditions } : {}),
  };
}

/** `*`, a service, or an account or user of it. Throws for what is none of them. */
function principalOf(principal: string): PolicyStatement["Principal"] {
  if (principal === "*") return principal;
  if (/^[\w-]+(\.[\w-]+)*\.(amazonaws\.com(\.cn)?|amazon\.com)$/.test(principal))
    return { Service: principal };
  if (!/^(\d{12}$|arn:)/.test(principal)) {
    throw invalidParameter("The provided principal was invalid. Please check the principal and try again.");
  }
  return { AWS: /^\d{12}$/.test(principal) ? `arn:aws:iam::${principal}:root` : principal };
}

function requireQualifier(latest: FunctionRecord, reference: FunctionReference): void {
  const { qualifier = LATEST } = reference;
  if (hasQualifier(latest.shared, qualifier)) return;
  const arn = referenceArn(latest, reference);
  throw isVersionNumber(qualifier) ? functionNotFound(arn) : notFound(`Cannot find alias arn: ${arn}`);
}

function checkSize(policy: FunctionPolicy): void {
  const bytes = Buffer.byteLength(JSON.stringify(document(policy)));
  if (bytes <= MOST_BYTES) return;
  throw new AwsError(
    "PolicyLengthExceededException",
    `The final policy size (${bytes}) is bigger than the limit (${MOST_BYTES}).`,
    { fields: { Type: "User" } },
  );
}
