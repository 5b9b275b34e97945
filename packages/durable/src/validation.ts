import { SchemaValidationError } from "./errors.ts";
import type { SchemaIssue, StandardSchema, StandardSchemaIssue } from "./types/schema.ts";

/** The value as its schema gives it back. `what` names it in the error, such as `The event`. */
export async function validated<T>(
  schema: StandardSchema<unknown, T>,
  value: unknown,
  what: string,
): Promise<T> {
  const result = await schema["~standard"].validate(value);
  if (result.issues) throw SchemaValidationError.of(what, result.issues.map(storedIssue));
  return result.value;
}

/** The result of an operation, where it has a schema; what it is otherwise. */
export function validatedResult<T>(
  schema: StandardSchema<unknown, T> | undefined,
  value: T,
  kind: string,
  name: string | undefined,
): T | Promise<T> {
  return schema
    ? validated(schema, value, `The result of ${kind}${name === undefined ? "" : ` "${name}"`}`)
    : value;
}

function storedIssue({ message, path = [] }: StandardSchemaIssue): SchemaIssue {
  const keys = path.map((part) => String(typeof part === "object" ? part.key : part));
  return { path: keys.join("."), message };
}
