import { AwsError } from "../kernel/errors.ts";
import { invalid } from "./errors.ts";
import type { Parameter } from "./parameter.ts";

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html */
export interface ParameterFilter {
  readonly Key: string;
  readonly Option?: string;
  readonly Values?: readonly string[];
}

/** Keys that filters may have, by who takes them. */
export const DESCRIBE_KEYS = ["Path", "Name", "Type", "KeyId", "Tier", "DataType"];
export const BY_PATH_KEYS = ["Type", "KeyId", "Label"];

const TYPES = ["String", "StringList", "SecureString"];
const TIERS = ["Standard", "Advanced", "Intelligent-Tiering"];
const PATH = /^(\/|(\/[A-Za-z0-9_.-]+)+\/?)$/;

/** Refuses filters as AWS does. Tags may be filtered by wherever names may. */
export function checkFilters(filters: readonly ParameterFilter[], keys: readonly string[]): void {
  const seen = new Set<string>();
  for (const { Key, Option, Values = [] } of filters) {
    const isTag = Key.startsWith("tag:") && keys.includes("Name");
    if (!isTag && !keys.includes(Key)) {
      const valid = keys.filter((key) => key !== "Label").join(", ");
      throw filterError(
        "InvalidFilterKey",
        `The following filter key is not valid: ${Key}. Valid filter keys include: [${valid}].`,
      );
    }
    if (Values.length === 0) {
      throw filterError(
        "InvalidFilterValue",
        `The following filter values are missing : null for filter key ${Key}.`,
      );
    }
    if (seen.has(Key)) {
      throw filterError(
        "InvalidFilterKey",
        `The following filter is duplicated in the request: ${Key}. A request can contain only one occurrence of a specific filter.`,
      );
    }
    seen.add(Key);
    checkOption(Key, Option);
    checkValues(Key, Values);
  }
}

function checkOption(key: string, option: string | undefined): void {
  if (option === undefined) return;
  const valid = key === "Path" ? ["Recursive", "OneLevel"] : ["BeginsWith", "Equals"];
  if (valid.includes(option) || (key === "Name" && option === "Contains")) return;
  throw filterError(
    "InvalidFilterOption",
    `The following filter option is not valid: ${option}. Valid options include: [${valid.join(", ")}].`,
  );
}

function checkValues(key: string, values: readonly string[]): void {
  for (const value of values) {
    const allowed = key === "Type" ? TYPES : key === "Tier" ? TIERS : undefined;
    if (allowed && !allowed.includes(value)) {
      throw filterError(
        "InvalidFilterOption",
        `The following filter value is not valid: ${value}. Valid values include: [${allowed.join(", ")}].`,
      );
    }
    if (key === "Path") checkPath(value);
  }
}

function checkPath(path: string): void {
  if (/^\/(aws|ssm)/i.test(path)) {
    throw invalid(
      'Filters for common parameters can\'t be prefixed with "aws" or "ssm" (case-insensitive). When using global ' +
        "parameters, please specify within a global namespace.",
    );
  }
  if (!PATH.test(path)) throw invalid(PATH_REQUIREMENTS);
}

export const PATH_REQUIREMENTS =
  'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/". ' +
  'It can\'t be prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following ' +
  "symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, " +
  'must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.';

function filterError(code: string, message: string): AwsError {
  return new AwsError(code, message);
}

/** Whether a parameter satisfies all filters, each by one of its values. */
export function matchesFilters(parameter: Parameter, filters: readonly ParameterFilter[]): boolean {
  return filters.every((filter) => (filter.Values ?? []).some((value) => matches(parameter, filter, value)));
}

function matches(parameter: Parameter, { Key, Option }: ParameterFilter, value: string): boolean {
  const { latest, labels, tags } = parameter;
  if (Key === "Path") return isUnder(parameter.name, value, Option === "Recursive");
  if (Key === "Label") return labels[value] === latest.version;
  if (Key.startsWith("tag:")) {
    const tag = tags.find((candidate) => candidate.Key === Key.slice("tag:".length));
    return tag !== undefined && fits(tag.Value, Option, value);
  }
  if (Key === "Name") {
    // A slash at the beginning makes no difference.
    const wanted = Option === "Contains" ? value : withSlash(value);
    return fits(withSlash(parameter.name), Option, wanted);
  }
  const texts: Readonly<Record<string, string | undefined>> = {
    ...{ Type: latest.type, KeyId: latest.keyId, Tier: latest.tier, DataType: latest.dataType },
  };
  const text = texts[Key];
  return text !== undefined && fits(text, Option, value);
}

function fits(text: string, option: string | undefined, value: string): boolean {
  if (option === "BeginsWith") return text.startsWith(value);
  return option === "Contains" ? text.includes(value) : text === value;
}

/** Whether a name is below a path: on the next level, or on any. */
export function isUnder(name: string, path: string, recursive: boolean): boolean {
  const prefix = path.endsWith("/") ? path : `${path}/`;
  const full = withSlash(name);
  return full.startsWith(prefix) && (recursive || !full.slice(prefix.length).includes("/"));
}

function withSlash(name: string): string {
  return name.startsWith("/") ? name : `/${name}`;
}
