import { runInNewContext } from "node:vm";
import type { CallContext } from "../kernel/context.ts";
import { AwsError, notSupported } from "../kernel/errors.ts";
import { untilNoConflict } from "../kernel/until-no-conflict.ts";
import { invalid } from "./errors.ts";
import { checkNewName } from "./names.ts";
import type { Parameter, ParameterType, ParameterVersion, Tag } from "./parameter.ts";
import type { ParametersParts } from "./parts.ts";
import { DEFAULT_KEY } from "./secure.ts";
import { parameters } from "./table.ts";
import { refuseTooMany } from "./tags.ts";

export interface PutParameterInput {
  readonly Name: string;
  readonly Value: string;
  readonly Type?: ParameterType;
  readonly Description?: string;
  readonly KeyId?: string;
  readonly Overwrite?: boolean;
  readonly AllowedPattern?: string;
  readonly Tags?: readonly Tag[];
  readonly Tier?: "Standard" | "Advanced" | "Intelligent-Tiering";
  readonly Policies?: string;
  readonly DataType?: string;
}

const STANDARD_CHARACTERS = 4096;
const ADVANCED_CHARACTERS = 8192;
const MOST_VERSIONS = 100;
const PATTERN_MS = 100;
const DATA_TYPES = ["text", "aws:ec2:image", "aws:ssm:integration"];

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html */
export async function putParameter(parts: ParametersParts, context: CallContext, input: PutParameterInput) {
  const { store } = parts;
  const { Name, Tags = [], Overwrite } = input;
  checkNewName(Name);
  checkInput(input);
  refuseTooMany(Tags);
  const { account, region } = context;
  return untilNoConflict(async () => {
    const known = await parameters.find(store, context, Name);
    if (known && !Overwrite) {
      throw new AwsError(
        "ParameterAlreadyExists",
        "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
      );
    }
    const latest = versionOf(input, known?.latest, context);
    const parameter: Parameter = known
      ? { ...known, latest }
      : { account, region, name: Name, latest, labels: {}, tags: Tags, revision: 1 };
    const row = known ? parameters.update(parameter) : parameters.insert(parameter);
    const removed = known ? withoutOldest(known) : [];
    await store.commit([row, parameters.insertVersion(parameter), ...removed], { key: Name });
    return { Version: latest.version, Tier: latest.tier };
  });
}

function checkInput({
  Value,
  Overwrite,
  Tags,
  Policies,
  DataType = "text",
  AllowedPattern,
}: PutParameterInput) {
  if (Value === "") {
    throw invalid(
      "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater " +
        "than or equal to 1.",
    );
  }
  const opened = Value.indexOf("{{");
  if (opened >= 0 && Value.includes("}}", opened + 2)) {
    throw invalid(`Parameter value can't nest another parameter. Do not use "{{}}" in the value.`);
  }
  if (Overwrite && Tags && Tags.length > 0) {
    throw invalid(
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove " +
        "overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or " +
        "RemoveTagsFromResource.",
    );
  }
  if (!DATA_TYPES.includes(DataType)) {
    throw invalid(
      `The following data type is not supported: ${DataType} (Data type names are all lowercase.)`,
    );
  }
  if (Policies !== undefined && !/^\s*\[\s*(\{\s*\})?\s*\]\s*$/.test(Policies)) {
    throw notSupported("policies of parameters (Policies)", "Leave it out.");
  }
  if (AllowedPattern !== undefined && !matchesPattern(AllowedPattern, Value)) {
    throw new AwsError(
      "ParameterPatternMismatchException",
      `Parameter value, cannot be validated against allowedPattern: ${AllowedPattern}`,
    );
  }
}

/** A pattern that would run for ever is refused: it would stop everything else on this node. */
function matchesPattern(pattern: string, value: string): boolean {
  try {
    return runInNewContext("new RegExp(pattern).test(value)", { pattern, value }, { timeout: PATTERN_MS });
  } catch (error) {
    const late = (error as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
    const reason = late ? "takes too long to match" : "is not a regular expression";
    throw new AwsError("InvalidAllowedPatternException", `${pattern} ${reason}.`);
  }
}

/** What is not said of a new version stays as it was, apart from its pattern. */
function versionOf(
  input: PutParameterInput,
  known: ParameterVersion | undefined,
  context: CallContext,
): ParameterVersion {
  const type = input.Type ?? known?.type;
  if (!type) throw invalid("A parameter type is required when you create a parameter.");
  if (known && known.type !== type && [known.type, type].includes("SecureString")) {
    throw new AwsError(
      "HierarchyTypeMismatchException",
      "Parameter Store does not support changing a parameter type in a hierarchy. For example, you can't change a " +
        "parameter from a String type to a SecureString type. You must create a new, unique parameter.",
    );
  }
  const description = input.Description ?? known?.description;
  const keyId = type === "SecureString" ? (input.KeyId ?? known?.keyId ?? DEFAULT_KEY) : undefined;
  return {
    ...{ version: (known?.version ?? 0) + 1, type, value: input.Value, tier: tierOf(input, known) },
    ...{ dataType: input.DataType ?? "text", modifiedAtMs: context.clock.now(), user: context.principal },
    ...(description === undefined ? {} : { description }),
    ...(input.AllowedPattern === undefined ? {} : { allowedPattern: input.AllowedPattern }),
    ...(keyId === undefined ? {} : { keyId }),
  };
}

/** An advanced parameter never becomes a standard one again. */
function tierOf({ Value, Tier }: PutParameterInput, known: ParameterVersion | undefined) {
  const large = Buffer.byteLength(Value) > STANDARD_CHARACTERS;
  const advanced =
    known?.tier === "Advanced" || Tier === "Advanced" || (Tier === "Intelligent-Tiering" && large);
  if (large && !advanced) {
    throw invalid(
      `Standard tier parameters support a maximum parameter value of ${STANDARD_CHARACTERS} characters. To create a ` +
        "larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see " +
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html",
    );
  }
  if (Buffer.byteLength(Value) > ADVANCED_CHARACTERS) {
    throw invalid(
      `Advanced tier parameters support a maximum parameter value of ${ADVANCED_CHARACTERS} characters.`,
    );
  }
  return advanced ? "Advanced" : "Standard";
}

/** A parameter keeps its latest hundred versions; one that has a label is not to be lost. */
function withoutOldest(parameter: Parameter) {
  const oldest = parameter.latest.version + 1 - MOST_VERSIONS;
  if (oldest < 1) return [];
  if (Object.values(parameter.labels).includes(oldest)) {
    throw new AwsError(
      "ParameterMaxVersionLimitExceeded",
      `You attempted to create a new version of ${parameter.name} by calling the PutParameter API with the overwrite ` +
        `flag. Version ${oldest}, the oldest version, can't be deleted because it has a label associated with it. ` +
        "Move the label to another version of the parameter, and try again.",
    );
  }
  return [parameters.deleteVersion(parameter, oldest)];
}
