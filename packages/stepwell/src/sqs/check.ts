import type { InputCheck } from "../kernel/operations.ts";
import { wrongType } from "../kernel/schema/serialization-error.ts";
import { operationSchema } from "../kernel/schema/services.ts";
import type { Shape } from "../kernel/schema/shape.ts";
import { missingParameter } from "./errors.ts";

/** SQS has words of its own for what is missing, and looks at values where they are used. */
export const checkSqsInput: InputCheck = (operation, input) => {
  const value = (input ?? {}) as Record<string, unknown>;
  const shape = operationSchema(operation)?.input;
  for (const member of shape?.members ?? []) {
    const item = value[member.name];
    if (item !== undefined && item !== null) checkType(member.shape, item);
    else if (member.required) throw missingParameter(member.name);
  }
  return value;
};

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
