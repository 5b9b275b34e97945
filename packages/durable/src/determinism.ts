import { NonDeterministicExecutionError } from "./ending.ts";
import type { Operation, OperationType } from "./types/wire.ts";

/** What the handler asks for at a position. */
export interface Asked {
  readonly type: OperationType;
  readonly subType: string;
  readonly name: string | undefined;
}

/**
 * The error for an operation that is not the one stored at its position; undefined when it is. `method` is the durable
 * method that is being called.
 */
export function mismatch(
  position: string,
  stored: Operation,
  asked: Asked,
  method: unknown,
): NonDeterministicExecutionError | undefined {
  if (!stored.Type) return undefined;
  if (stored.Type === asked.type && stored.SubType === asked.subType && stored.Name === asked.name)
    return undefined;
  const expected = describe(stored.Type, stored.SubType, stored.Name);
  const actual = describe(asked.type, asked.subType, asked.name);
  const callSite = callSiteOf(method);
  return new NonDeterministicExecutionError(
    `Non-deterministic execution detected: at operation ${position} the history has ${expected}, ` +
      `but now the handler asks for ${actual}${callSite === undefined ? "" : ` at ${callSite}`}. ${CAUSES}`,
  );
}

/** The error for a handler, or a child context, that succeeds although an earlier invocation saw it fail. */
export function successAfterFailure(): NonDeterministicExecutionError {
  return new NonDeterministicExecutionError(
    "Non-deterministic execution detected: the history has undo steps, because the handler failed, but now it " +
      `succeeds. ${CAUSES}`,
  );
}

const CAUSES =
  "On every replay a handler has to make the same durable calls, with the same names, in the same order. Usual " +
  "causes: the code was changed while this execution was running; a branch, a loop or a name depends on the time, a " +
  "random value, an environment variable or data read outside a step; operations are started in an order that depends " +
  "on timing. Take such values inside a step (or from context.now(), random() or uuid()), and give changed code to new " +
  "executions only, by a version or an alias.";

function describe(type: string, subType: string | undefined, name: string | undefined): string {
  const kind = subType && subType.toUpperCase() !== type ? `a ${subType} (${type})` : `a ${type}`;
  return name === undefined ? `${kind} without a name` : `${kind} named "${name}"`;
}

/**
 * Where a method was called from, as `file:line:column`; undefined when it is not being called right now, or the
 * runtime has no such traces. With `--enable-source-maps` it is the place in the source.
 */
function callSiteOf(method: unknown): string | undefined {
  if (typeof method !== "function") return undefined;
  const trace: { stack?: string } = {};
  Error.captureStackTrace?.(trace, method as () => void);
  return /^ +at (?:.* \()?(?:file:\/\/)?(.+:\d+:\d+)\)?$/m.exec(trace.stack ?? "")?.[1];
}
