import type { InputCheck } from "../kernel/operations.ts";
import { wrongType } from "../kernel/schema/serialization-error.ts";
import { operationSchema } from "../kernel/schema/services.ts";
import type { Shape } from "../kernel/schema/shape.ts";
import { invalidParameter, missingParameter } from "./errors.ts";

/** SQS has words of its own for what is missing, and looks at values where they are used. */
export const checkSqsInput: InputCheck = (operation, input) => {
  const value = (input ?? {}) as Record<string, unknown>;
  const shape = operationSchema(operation)?.input;
  for (const member of shape?.members ?? []) {
    const item = value[member.name];
    if (item !== undefined && item !== null) checkType(member.shape, item);
    else if (member.required) throw missingParameter(member.name);
  }
  for (const item of Object.values(value)) refuseNulls(item);
  return value;
};

/** Codecs keep nulls in lists and maps for the constraints to refuse, which are not looked at here. */
function refuseNulls(value: unknown): void {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return;
  for (const item of Object.values(value)) {
    if (item === null) throw invalidParameter("One or more parameters are invalid. Reason: A value is null.");
    refuseNulls(item);
  }
}

/** Callers in the process have no codec that would have refused a value of another type. */
function checkType(shape: Shape, value: unknown): void {
  const fits = {
    string: typeof value === "string",
    number: typeof value === "number",
    list: Array.isArray(value),
    map: typeof value === "object" && !Array.isArray(value),
  };
  if (fits[shape.type as keyof typeof fits] === false) throw wrongType(shape, value);
}
