import { DurableOperationError } from "./errors.ts";
import type { ErrorObject } from "./types/wire.ts";

/** How any thrown value is stored. Stack traces stay in the process: they would differ on every replay. */
export function toErrorObject(thrown: unknown): ErrorObject {
  if (thrown instanceof DurableOperationError) return thrown.toErrorObject();
  if (typeof thrown === "object" && thrown !== null && "message" in thrown && "name" in thrown) {
    return { ErrorType: String(thrown.name), ErrorMessage: String(thrown.message) };
  }
  return { ErrorMessage: typeof thrown === "string" ? thrown : "Unknown error" };
}

/** Any thrown value as an Error. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(toErrorObject(thrown).ErrorMessage);
}
