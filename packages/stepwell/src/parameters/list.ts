import type { CallContext } from "../kernel/context.ts";
import { invalid } from "./errors.ts";
import {
  BY_PATH_KEYS,
  checkFilters,
  DESCRIBE_KEYS,
  isUnder,
  matchesFilters,
  type ParameterFilter,
} from "./filters.ts";
import { shown } from "./get.ts";
import { metadata } from "./history.ts";
import { parameterArn } from "./names.ts";
import type { Parameter } from "./parameter.ts";
import type { ParametersParts } from "./parts.ts";
import { parameters } from "./table.ts";
import { decodeToken, encodeToken } from "./tokens.ts";

const PAGE = 10;
/** As many rows are read at a time. */
const BATCH = 200;

const PATH = /^(\/|(\/[A-Za-z0-9_.-]+)+\/?)$/;

export interface ByPathInput {
  readonly Path: string;
  readonly Recursive?: boolean;
  readonly ParameterFilters?: readonly ParameterFilter[];
  readonly WithDecryption?: boolean;
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html */
export async function getParametersByPath(parts: ParametersParts, context: CallContext, input: ByPathInput) {
  const { Path, Recursive = false, ParameterFilters = [], WithDecryption = false } = input;
  if (!PATH.test(Path)) {
    throw invalid(
      "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash " +
        '"/". It can\'t be prefixed with "aws" or "ssm" (case-insensitive) except global parameter name path prefixed ' +
        'with "aws" (case-sensitive). It must use only letters, numbers, or the following symbols: . (period), - ' +
        "(hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the " +
        'forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.',
    );
  }
  checkFilters(ParameterFilters, BY_PATH_KEYS);
  const prefix = Path === "/" ? "" : Path.endsWith("/") ? Path : `${Path}/`;
  const page = await readPage(parts, context, { ...input, prefix }, (parameter) => {
    return isUnder(parameter.name, Path, Recursive) && matchesFilters(parameter, ParameterFilters);
  });
  return {
    Parameters: page.found.map((parameter) => shown(parameter, parameter.latest, WithDecryption)),
    ...page.next,
  };
}

export interface DescribeInput {
  readonly Filters?: readonly ParameterFilter[];
  readonly ParameterFilters?: readonly ParameterFilter[];
  readonly MaxResults?: number;
  readonly NextToken?: string;
  readonly Shared?: boolean;
}

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html */
export async function describeParameters(parts: ParametersParts, context: CallContext, input: DescribeInput) {
  const { Filters = [], ParameterFilters = [], Shared } = input;
  if (Filters.length > 0 && ParameterFilters.length > 0) {
    throw invalid("You can use either Filters or ParameterFilters in a single request.");
  }
  checkFilters(ParameterFilters, DESCRIBE_KEYS);
  // The older kind of filter is by the beginning of names.
  const older = Filters.map((filter) =>
    filter.Key === "Name" ? { ...filter, Option: "BeginsWith" } : filter,
  );
  const filters = [...older, ...ParameterFilters];
  // No other account shares any here.
  const wants = (parameter: Parameter) => !Shared && matchesFilters(parameter, filters);
  const page = await readPage(parts, context, { ...input, prefix: "" }, wants);
  return {
    Parameters: page.found.map((parameter) => ({
      ...metadata(parameter, parameter.latest),
      ARN: parameterArn(parameter, parameter.name),
    })),
    ...page.next,
  };
}

async function readPage(
  { store }: ParametersParts,
  { account, region }: CallContext,
  input: { readonly MaxResults?: number; readonly NextToken?: string; readonly prefix: string },
  wants: (parameter: Parameter) => boolean,
): Promise<{ readonly found: readonly Parameter[]; readonly next: { readonly NextToken?: string } }> {
  const { MaxResults = PAGE, NextToken, prefix } = input;
  let afterName = NextToken === undefined ? "" : decodeToken(NextToken);
  const found: Parameter[] = [];
  for (;;) {
    const batch = await parameters.list(store, { account, region, afterName, prefix, most: BATCH });
    found.push(...batch.filter(wants));
    if (found.length > MaxResults || batch.length < BATCH) break;
    afterName = batch.at(-1)!.name;
  }
  const shownOnes = found.slice(0, MaxResults);
  const more = found.length > MaxResults;
  return { found: shownOnes, next: more ? { NextToken: encodeToken(shownOnes.at(-1)!.name) } : {} };
}
