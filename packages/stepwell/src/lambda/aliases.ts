import type { CallContext } from "../kernel/context.ts";
import type { Operation } from "../kernel/operations.ts";
import type { Store } from "../store/store.ts";
import { conflict, functionNotFound, invalidParameter, notFound, staleRevision } from "./errors.ts";
import { type PageInput, pageOf } from "./page.ts";
import type { FunctionRecord } from "./record.ts";
import { functionArn, LATEST, type Place, parseUnqualified } from "./reference.ts";
import { type FunctionAlias, withoutQualifier } from "./shared.ts";
import { functions } from "./table.ts";

interface AliasName {
  readonly FunctionName: string;
  readonly Name: string;
}

interface RoutingConfig {
  readonly AdditionalVersionWeights?: Readonly<Record<string, number>>;
}

interface CreateInput extends AliasName {
  readonly FunctionVersion: string;
  readonly Description?: string;
  readonly RoutingConfig?: RoutingConfig;
}

interface UpdateInput extends Partial<Omit<CreateInput, keyof AliasName>>, AliasName {
  readonly RevisionId?: string;
}

interface ListInput extends PageInput {
  readonly FunctionName: string;
  readonly FunctionVersion?: string;
}

/** Aliases of functions (https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html). */
export function aliasOperations(store: Store, newRevision: () => string) {
  /** Changes the aliases of a function; `decide` returns the alias that the caller is told of. */
  const change = async (
    context: CallContext,
    input: AliasName,
    decide: (latest: FunctionRecord, alias: FunctionAlias | undefined) => FunctionAlias | undefined,
  ) => {
    const name = parseUnqualified(context, input.FunctionName);
    const { alias } = await functions.modify(store, context, name, (latest) => {
      const before = latest.shared.aliases.find((one) => one.name === input.Name);
      const alias = decide(latest, before);
      if (alias === before) return { latest, alias };
      const others = latest.shared.aliases.filter((one) => one !== before);
      const aliases = [...others, ...(alias ? [alias] : [])].sort(byName);
      const shared = alias ? latest.shared : withoutQualifier(latest.shared, input.Name);
      return { latest: { ...latest, shared: { ...shared, aliases } }, alias };
    });
    return alias && toConfiguration(context, name, alias);
  };
  const read = (context: CallContext, functionName: string) =>
    functions.latest(store, context, parseUnqualified(context, functionName));

  return {
    async CreateAlias(context: CallContext, input: CreateInput) {
      return change(context, input, (latest, before) => {
        const { FunctionVersion: version, Description: description = "", RoutingConfig } = input;
        requireVersion(latest, version);
        if (before) throw conflict(`Alias already exists: ${aliasArn(context, latest.name, before.name)}`);
        return {
          ...{ name: input.Name, version, description, revisionId: newRevision() },
          ...routing(latest, version, RoutingConfig),
        };
      });
    },
    async UpdateAlias(context: CallContext, input: UpdateInput) {
      return change(context, input, (latest, before) => {
        if (!before) throw aliasNotFound(context, latest.name, input.Name);
        if (input.RevisionId !== undefined && input.RevisionId !== before.revisionId) throw staleRevision();
        const { FunctionVersion: version = before.version, Description = before.description } = input;
        requireVersion(latest, version);
        const { additional } = before;
        const kept = additional && { AdditionalVersionWeights: { [additional.version]: additional.weight } };
        return {
          ...{ name: before.name, version, description: Description, revisionId: newRevision() },
          ...routing(latest, version, input.RoutingConfig ?? kept),
        };
      });
    },
    async DeleteAlias(context: CallContext, input: AliasName) {
      // As on AWS it is no error when there is none.
      await change(context, input, () => undefined);
      return {};
    },
    async GetAlias(context: CallContext, input: AliasName) {
      const { name, shared } = await read(context, input.FunctionName);
      const alias = shared.aliases.find((one) => one.name === input.Name);
      if (!alias) throw aliasNotFound(context, name, input.Name);
      return toConfiguration(context, name, alias);
    },
    async ListAliases(context: CallContext, input: ListInput) {
      const { name, shared } = await read(context, input.FunctionName);
      const { FunctionVersion } = input;
      const chosen = shared.aliases.filter(
        (alias) =>
          FunctionVersion === undefined ||
          alias.version === FunctionVersion ||
          alias.additional?.version === FunctionVersion,
      );
      const { items, ...more } = pageOf("ListAliases", chosen, (alias) => alias.name, input);
      return { Aliases: items.map((alias) => toConfiguration(context, name, alias)), ...more };
    },
  } satisfies Record<string, Operation>;
}

function toConfiguration(place: Place, functionName: string, alias: FunctionAlias) {
  const { name, version, description, additional, revisionId } = alias;
  return {
    AliasArn: aliasArn(place, functionName, name),
    Name: name,
    FunctionVersion: version,
    Description: description,
    ...(additional
      ? { RoutingConfig: { AdditionalVersionWeights: { [additional.version]: additional.weight } } }
      : {}),
    RevisionId: revisionId,
  };
}

/** Checks how an alias splits its invocations; none, or an empty one, is no split. */
function routing(
  latest: FunctionRecord,
  version: string,
  config: RoutingConfig | undefined,
): Pick<FunctionAlias, "additional"> {
  const weights = Object.entries(config?.AdditionalVersionWeights ?? {});
  if (weights.length === 0) return {};
  if (weights.length > 1) {
    throw invalidParameter("Number of items in AdditionalVersionWeights cannot be greater than 1");
  }
  const [[other, weight]] = weights as [[string, number]];
  if (other === version) {
    throw invalidParameter(
      `Invalid function version ${version}. Function version ${version} is already included in routing configuration.`,
    );
  }
  if (version === LATEST) {
    throw invalidParameter("$LATEST is not supported for an alias pointing to more than 1 version");
  }
  requireVersion(latest, other);
  return { additional: { version: other, weight } };
}

function requireVersion({ account, region, name, shared }: FunctionRecord, version: string): void {
  if (version === LATEST || shared.versions.includes(version)) return;
  throw functionNotFound(functionArn(account, region, name, version));
}

function aliasArn({ account, region }: Place, functionName: string, alias: string): string {
  return functionArn(account, region, functionName, alias);
}

function aliasNotFound(place: Place, functionName: string, alias: string) {
  return notFound(`Cannot find alias arn: ${aliasArn(place, functionName, alias)}`);
}

function byName(one: FunctionAlias, other: FunctionAlias): number {
  return one.name < other.name ? -1 : 1;
}
