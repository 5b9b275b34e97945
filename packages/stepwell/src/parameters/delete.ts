import type { CallContext } from "../kernel/context.ts";
import { untilNoConflict } from "../kernel/until-no-conflict.ts";
import { parameterNotFound } from "./errors.ts";
import { parseSelected } from "./names.ts";
import { findParameter, type ParametersParts } from "./parts.ts";
import { parameters } from "./table.ts";

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameter.html */
export async function deleteParameter(
  parts: ParametersParts,
  context: CallContext,
  { Name }: { readonly Name: string },
): Promise<void> {
  if (!(await isDeleted(parts, context, Name))) throw parameterNotFound(Name);
}

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameters.html */
export async function deleteParameters(
  parts: ParametersParts,
  context: CallContext,
  { Names }: { readonly Names: readonly string[] },
) {
  const [deleted, unknown]: [string[], string[]] = [[], []];
  for (const name of new Set(Names)) {
    ((await isDeleted(parts, context, name)) ? deleted : unknown).push(name);
  }
  return { DeletedParameters: deleted, InvalidParameters: unknown };
}

/** False when there was none of that name. */
function isDeleted(parts: ParametersParts, context: CallContext, name: string): Promise<boolean> {
  const { names } = parseSelected(context, name);
  return untilNoConflict(async () => {
    const parameter = await findParameter(parts, context, names);
    if (!parameter) return false;
    await parts.store.commit(parameters.delete(parameter), { key: parameter.name });
    return true;
  });
}
