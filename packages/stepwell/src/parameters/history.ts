import type { CallContext } from "../kernel/context.ts";
import { parameterNotFound } from "./errors.ts";
import { parseSelected } from "./names.ts";
import type { Parameter, ParameterVersion } from "./parameter.ts";
import { findParameter, type ParametersParts } from "./parts.ts";
import { shownValue } from "./secure.ts";
import { parameters } from "./table.ts";
import { decodeToken, encodeToken } from "./tokens.ts";

const PAGE = 50;

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameterHistory.html */
export async function getParameterHistory(
  parts: ParametersParts,
  context: CallContext,
  input: {
    readonly Name: string;
    readonly WithDecryption?: boolean;
    readonly MaxResults?: number;
    readonly NextToken?: string;
  },
) {
  const { Name, WithDecryption = false, MaxResults = PAGE, NextToken } = input;
  const after = NextToken === undefined ? 0 : Number(decodeToken(NextToken));
  const parameter = await findParameter(parts, context, parseSelected(context, Name).names);
  if (!parameter) throw parameterNotFound(Name);
  const found = await parameters.versions(parts.store, parameter, after, MaxResults + 1);
  const shown = found.slice(0, MaxResults);
  return {
    Parameters: shown.map((version) => ({
      ...metadata(parameter, version),
      Value: shownValue(version, WithDecryption),
      Labels: labelsOf(parameter, version.version),
    })),
    ...(found.length > MaxResults ? { NextToken: encodeToken(String(shown.at(-1)!.version)) } : {}),
  };
}

/** What is told of a version besides its value. */
export function metadata({ name }: Parameter, version: ParameterVersion) {
  const { keyId, description, allowedPattern } = version;
  return {
    ...{ Name: name, Type: version.type, Version: version.version, Tier: version.tier, Policies: [] },
    ...{ LastModifiedDate: version.modifiedAtMs, LastModifiedUser: version.user, DataType: version.dataType },
    ...(keyId === undefined ? {} : { KeyId: keyId }),
    ...(description === undefined ? {} : { Description: description }),
    ...(allowedPattern === undefined ? {} : { AllowedPattern: allowedPattern }),
  };
}

export function labelsOf({ labels }: Parameter, version: number): string[] {
  return Object.keys(labels).filter((label) => labels[label] === version);
}
