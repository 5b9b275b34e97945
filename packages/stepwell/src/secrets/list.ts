import type { CallContext } from "../kernel/context.ts";
import { AwsError } from "../kernel/errors.ts";
import { description, stagesOf } from "./describe.ts";
import { invalidParameter } from "./errors.ts";
import { matchesFilters, type SecretFilter } from "./filters.ts";
import type { SecretsParts } from "./parts.ts";
import type { Secret } from "./secret.ts";
import { secrets } from "./table.ts";
import { decodeToken, encodeToken } from "./tokens.ts";
import { getSecretValue } from "./values.ts";

const PAGE = 100;

export interface ListSecretsInput {
  readonly IncludePlannedDeletion?: boolean;
  readonly MaxResults?: number;
  readonly NextToken?: string;
  readonly Filters?: readonly SecretFilter[];
  readonly SortOrder?: "asc" | "desc";
  readonly SortBy?: "created-date" | "last-accessed-date" | "last-changed-date" | "name";
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html; by their creation unless told. */
export async function listSecrets(parts: SecretsParts, context: CallContext, input: ListSecretsInput) {
  const { IncludePlannedDeletion, MaxResults = PAGE, NextToken, SortOrder = "asc", SortBy } = input;
  const start = NextToken === undefined ? 0 : decodeToken(NextToken);
  const found = (await secrets.all(parts.store, context))
    .filter(({ deletesAtMs }) => IncludePlannedDeletion || deletesAtMs === undefined)
    .filter((secret) => matchesFilters(secret, input.Filters ?? []))
    .sort((a, b) => (SortOrder === "asc" ? 1 : -1) * compare(a, b, SortBy));
  const end = start + MaxResults;
  return {
    SecretList: found.slice(start, end).map((secret) => {
      const stages = stagesOf(secret);
      return { ...description(secret), ...(stages ? { SecretVersionsToStages: stages } : {}) };
    }),
    ...(end < found.length ? { NextToken: encodeToken(end) } : {}),
  };
}

function compare(a: Secret, b: Secret, by: ListSecretsInput["SortBy"]): number {
  const byName = a.name < b.name ? -1 : 1;
  switch (by) {
    case "name":
      return byName;
    case "last-changed-date":
      return a.changedAtMs - b.changedAtMs || byName;
    case "last-accessed-date":
      return lastAccessed(a) - lastAccessed(b) || byName;
    default:
      return a.createdAtMs - b.createdAtMs || byName;
  }
}

function lastAccessed({ versions }: Secret): number {
  return Math.max(0, ...versions.map(({ lastAccessedMs = 0 }) => lastAccessedMs));
}

export interface BatchGetInput {
  readonly SecretIdList?: readonly string[];
  readonly Filters?: readonly SecretFilter[];
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

const BATCH_PAGE = 20;

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html */
export async function batchGetSecretValue(parts: SecretsParts, context: CallContext, input: BatchGetInput) {
  const { SecretIdList, Filters, MaxResults = BATCH_PAGE, NextToken } = input;
  if ((SecretIdList === undefined) === (Filters === undefined)) {
    throw invalidParameter("Either 'SecretIdList' or 'Filters' must be provided, but not both.");
  }
  if (Filters === undefined && input.MaxResults !== undefined) {
    throw invalidParameter(
      "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.",
    );
  }
  const listed =
    Filters &&
    (await listSecrets(parts, context, {
      Filters,
      MaxResults,
      ...(NextToken === undefined ? {} : { NextToken }),
    }));
  const ids = SecretIdList ?? listed!.SecretList.map(({ ARN }) => ARN);
  const [values, errors]: [unknown[], unknown[]] = [[], []];
  for (const SecretId of ids) {
    try {
      values.push(await getSecretValue(parts, context, { SecretId }));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      errors.push({ SecretId, ErrorCode: error.code, Message: error.message });
    }
  }
  const next = listed?.NextToken;
  return { SecretValues: values, Errors: errors, ...(next === undefined ? {} : { NextToken: next }) };
}
