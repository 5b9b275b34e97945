import { ContextUsageError } from "./ending.ts";
import { currentScope } from "./scope.ts";

/** The error for an operation that is called where another context, or none, may be used; undefined when all is well. */
export function contextMisuse(context: object, method: string): ContextUsageError | undefined {
  const scope = currentScope();
  if (scope === undefined || scope.context === context) return undefined;
  const where = scope.operationName === undefined ? "" : ` "${scope.operationName}"`;
  return new ContextUsageError(
    scope.context === undefined
      ? `Context usage error in "${method}": it was called inside the step${where}. A step is one action and cannot hold ` +
          "durable operations; group operations with runInChildContext() instead."
      : `Context usage error in "${method}": you are using a parent or sibling context instead of that of the child${where}. ` +
          "Inside runInChildContext(), map() and parallel() use the context that the function is given.",
  );
}
