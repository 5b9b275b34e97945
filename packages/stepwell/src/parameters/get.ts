import type { CallContext } from "../kernel/context.ts";
import { AwsError } from "../kernel/errors.ts";
import { parameterNotFound, versionNotFound } from "./errors.ts";
import { parameterArn, parseSelected } from "./names.ts";
import type { Parameter, ParameterVersion } from "./parameter.ts";
import { findParameter, type ParametersParts } from "./parts.ts";
import { isSecretReference, referencedSecret } from "./secret-reference.ts";
import { shownValue } from "./secure.ts";
import { parameters } from "./table.ts";

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html */
export async function getParameter(
  parts: ParametersParts,
  context: CallContext,
  { Name, WithDecryption = false }: { readonly Name: string; readonly WithDecryption?: boolean },
) {
  if (isSecretReference(Name)) {
    return { Parameter: await referencedSecret(parts, context, Name, WithDecryption) };
  }
  const { names, selector } = parseSelected(context, Name);
  const parameter = await findParameter(parts, context, names);
  if (!parameter) throw parameterNotFound(Name);
  const version = await selectedVersion(parts, parameter, selector);
  return { Parameter: shown(parameter, version, WithDecryption, selector) };
}

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html */
export async function getParameters(
  parts: ParametersParts,
  context: CallContext,
  { Names, WithDecryption = false }: { readonly Names: readonly string[]; readonly WithDecryption?: boolean },
) {
  const [found, unknown]: [object[], string[]] = [[], []];
  for (const Name of new Set(Names)) {
    try {
      found.push((await getParameter(parts, context, { Name, WithDecryption })).Parameter);
    } catch (error) {
      const missing = error instanceof AwsError && MISSING.includes(error.code);
      if (!missing) throw error;
      unknown.push(Name);
    }
  }
  return { Parameters: found, InvalidParameters: unknown };
}

const MISSING = ["ParameterNotFound", "ParameterVersionNotFound"];

/** The version that a selector (`:3`, `:label`, or none) means. */
async function selectedVersion(
  { store }: ParametersParts,
  parameter: Parameter,
  selector: string,
): Promise<ParameterVersion> {
  if (selector === "") return parameter.latest;
  const wanted = selector.slice(1);
  const number = /^\d+$/.test(wanted) ? Number(wanted) : parameter.labels[wanted];
  const isNumber = number !== undefined && Number.isSafeInteger(number);
  const version = isNumber && (await parameters.version(store, parameter, number));
  if (!version) throw versionNotFound(parameter.name, wanted);
  return version;
}

/** A parameter as GetParameter and GetParametersByPath show it. */
export function shown(parameter: Parameter, version: ParameterVersion, decrypted: boolean, selector = "") {
  return {
    ...{ Name: parameter.name, Type: version.type, Value: shownValue(version, decrypted) },
    ...{ Version: version.version, LastModifiedDate: version.modifiedAtMs },
    ...{ ARN: parameterArn(parameter, parameter.name), DataType: version.dataType },
    ...(selector === "" ? {} : { Selector: selector }),
  };
}
