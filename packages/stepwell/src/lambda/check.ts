import type { InputCheck } from "../kernel/operations.ts";
import { operationSchema } from "../kernel/schema/services.ts";
import { validate } from "../kernel/schema/validate.ts";
import { oneOf } from "../kernel/schema/violation-text.ts";
import { invalidParameter } from "./errors.ts";

/**
 * Lambda refuses unknown runtimes under another code than other violated constraints and in words of its own, since
 * the ARN of a runtime's version would do as well; so it looks at them last.
 */
export const checkLambdaInput: InputCheck = (operation, input) => {
  const { Runtime, ...rest } = (input ?? {}) as { readonly Runtime?: string };
  if (Runtime === undefined) return validate(operation, input);
  validate(operation, rest);
  const shape = operationSchema(operation)?.input.members.find(({ name }) => name === "Runtime")?.shape;
  if (shape && "enum" in shape && !shape.enum!.includes(Runtime)) {
    throw invalidParameter(
      `Value ${Runtime} at 'runtime' failed to satisfy constraint: ${oneOf(shape.enum!)} or be a valid ARN`,
    );
  }
  return input;
};
