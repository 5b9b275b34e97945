import type { CallContext } from "../../kernel/context.ts";
import type { Operation } from "../../kernel/operations.ts";
import type { Store } from "../../store/store.ts";
import { conflict, notFound, stale } from "../errors.ts";
import { type LayerVersionKey, layerVersionArn, parseLayerVersion } from "./reference.ts";
import { type LayerPolicy, type LayerStatement, type LayerVersion, layers } from "./table.ts";

interface VersionInput {
  readonly LayerName: string;
  readonly VersionNumber: number;
}

interface AddInput extends VersionInput {
  readonly StatementId: string;
  readonly Action: string;
  readonly Principal: string;
  readonly OrganizationId?: string;
  readonly RevisionId?: string;
}

interface RemoveInput extends VersionInput {
  readonly StatementId: string;
  readonly RevisionId?: string;
}

/** Who may use a version of a layer; kept and shown, like the policies of functions, and enforced on nobody. */
export function layerPolicyOperations(store: Store, newRevision: () => string) {
  const change = async (
    key: LayerVersionKey,
    revisionId: string | undefined,
    decide: (before: readonly LayerStatement[]) => readonly LayerStatement[],
  ) => {
    let after!: LayerPolicy;
    await layers.changePolicy(store, key, (found) => {
      const { policy } = existing(found, key);
      if (revisionId !== undefined && revisionId !== policy.revisionId) throw stale("GetLayerPolicy");
      after = { statements: decide(policy.statements), revisionId: newRevision() };
      return after;
    });
    return after;
  };

  return {
    async AddLayerVersionPermission(context: CallContext, input: AddInput) {
      const key = parseLayerVersion(context, input.LayerName, input.VersionNumber);
      const statement = statementOf(input, layerVersionArn(key));
      const { revisionId } = await change(key, input.RevisionId, (before) => {
        if (before.some(({ Sid }) => Sid === input.StatementId)) {
          throw conflict(
            `The statement id (${input.StatementId}) provided already exists. ` +
              "Please provide a new statement id, or remove the existing statement.",
          );
        }
        return [...before, statement];
      });
      return { Statement: JSON.stringify(statement), RevisionId: revisionId };
    },
    async RemoveLayerVersionPermission(context: CallContext, input: RemoveInput) {
      const key = parseLayerVersion(context, input.LayerName, input.VersionNumber);
      await change(key, input.RevisionId, (before) => {
        if (before.length === 0) throw noPolicy();
        const rest = before.filter(({ Sid }) => Sid !== input.StatementId);
        if (rest.length < before.length) return rest;
        throw notFound(`Statement ${input.StatementId} is not found in resource policy.`);
      });
      return {};
    },
    async GetLayerVersionPolicy(context: CallContext, input: VersionInput) {
      const key = parseLayerVersion(context, input.LayerName, input.VersionNumber);
      const { policy } = existing(await layers.find(store, key), key);
      if (policy.statements.length === 0) throw noPolicy();
      const document = { Version: "2012-10-17", Id: "default", Statement: policy.statements };
      return { Policy: JSON.stringify(document), RevisionId: policy.revisionId };
    },
  } satisfies Record<string, Operation>;
}

function existing(layer: LayerVersion | undefined, key: LayerVersionKey): LayerVersion {
  if (!layer) throw notFound(`Layer version ${layerVersionArn(key)} does not exist.`);
  return layer;
}

function noPolicy() {
  return notFound("No policy is associated with the given resource.");
}

function statementOf(
  { StatementId, Action, Principal, OrganizationId }: AddInput,
  arn: string,
): LayerStatement {
  const account = /^\d{12}$/.test(Principal) ? `arn:aws:iam::${Principal}:root` : Principal;
  return {
    Sid: StatementId,
    Effect: "Allow",
    Principal: Principal === "*" ? "*" : { AWS: account },
    Action,
    Resource: arn,
    ...(OrganizationId === undefined
      ? {}
      : { Condition: { StringEquals: { "aws:PrincipalOrgID": OrganizationId } } }),
  };
}
