import type { CallContext } from "../kernel/context.ts";
import { AwsError } from "../kernel/errors.ts";
import { untilNoConflict } from "../kernel/until-no-conflict.ts";
import { invalid, parameterNotFound, versionNotFound } from "./errors.ts";
import { labelsOf } from "./history.ts";
import { parseSelected } from "./names.ts";
import type { Parameter } from "./parameter.ts";
import { findParameter, type ParametersParts } from "./parts.ts";
import { parameters } from "./table.ts";

export interface LabelInput {
  readonly Name: string;
  readonly Labels: readonly string[];
  readonly ParameterVersion?: number;
}

const LABEL = /^(?!aws|ssm)[A-Za-z_.-][A-Za-z0-9_.-]*$/i;
const LONGEST_LABEL = 100;
const MOST_LABELS = 10;

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_LabelParameterVersion.html */
export async function labelParameterVersion(parts: ParametersParts, context: CallContext, input: LabelInput) {
  const tooLong = input.Labels.find((label) => label.length > LONGEST_LABEL);
  if (tooLong !== undefined) {
    throw invalid(
      `1 validation error detected: Value '[${tooLong}]' at 'labels' failed to satisfy constraint: Member must satisfy ` +
        "constraint: [Member must have length less than or equal to 100, Member must have length greater than or equal " +
        "to 1]",
    );
  }
  const good = input.Labels.filter((label) => LABEL.test(label));
  return untilNoConflict(async () => {
    const { parameter, version } = await labelled(parts, context, input);
    const labels = { ...parameter.labels, ...Object.fromEntries(good.map((label) => [label, version])) };
    const changed = { ...parameter, labels };
    if (labelsOf(changed, version).length > MOST_LABELS) {
      throw new AwsError(
        "ParameterVersionLabelLimitExceeded",
        "A parameter version can have maximum 10 labels. Move one or more labels to another version and try again.",
      );
    }
    if (good.length > 0) await parts.store.commit([parameters.update(changed)], { key: parameter.name });
    const bad = input.Labels.filter((label) => !LABEL.test(label));
    return { InvalidLabels: bad, ParameterVersion: version };
  });
}

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_UnlabelParameterVersion.html */
export async function unlabelParameterVersion(
  parts: ParametersParts,
  context: CallContext,
  input: LabelInput,
) {
  return untilNoConflict(async () => {
    const { parameter, version } = await labelled(parts, context, input);
    const removed = input.Labels.filter((label) => parameter.labels[label] === version);
    const kept = Object.entries(parameter.labels).filter(([label]) => !removed.includes(label));
    const changed = { ...parameter, labels: Object.fromEntries(kept) };
    if (removed.length > 0) await parts.store.commit([parameters.update(changed)], { key: parameter.name });
    const unknown = input.Labels.filter((label) => !removed.includes(label));
    return { RemovedLabels: removed, InvalidLabels: unknown };
  });
}

/** The parameter and the version that are meant: the latest unless it is named. */
async function labelled(
  parts: ParametersParts,
  context: CallContext,
  { Name, ParameterVersion }: LabelInput,
): Promise<{ readonly parameter: Parameter; readonly version: number }> {
  const parameter = await findParameter(parts, context, parseSelected(context, Name).names);
  if (!parameter) throw parameterNotFound(Name);
  const version = ParameterVersion ?? parameter.latest.version;
  if (!(await parameters.version(parts.store, parameter, version))) throw versionNotFound(Name, version);
  return { parameter, version };
}
