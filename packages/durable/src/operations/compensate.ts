import type { Context } from "../context.ts";
import { successAfterFailure } from "../determinism.ts";
import { toErrorObject } from "../error-object.ts";
import { CompensationError, type CompensationFailure } from "../errors.ts";
import { operationId } from "../ids.ts";
import { runInScope } from "../scope.ts";
import { defaultSerdes } from "../serdes.ts";
import { childContext } from "./child-context.ts";
import { claimedStep } from "./step.ts";

/** The name of the context that undo steps run in, and its key: it stands beside the operations of the one that failed. */
const COMPENSATE = "compensate";

/** Runs the body of a context. When it fails its undo steps run, the latest first; then it fails with its error. */
export async function compensating<T>(context: Context, body: () => Promise<T>): Promise<T> {
  try {
    const result = await body();
    if (hasBegunToUndo(context)) throw successAfterFailure();
    return result;
  } catch (error) {
    throw isToBeUndone(context) ? await undone(context, error) : error;
  }
}

/** Whether a context that has failed has anything to undo. */
export function isToBeUndone(context: Context): boolean {
  return !context.undos.isEmpty || hasBegunToUndo(context);
}

/** Whether an earlier invocation came to the undo steps of a context: then it must not succeed any more. */
export function hasBegunToUndo({ execution, position }: Context): boolean {
  const key = position === "" ? COMPENSATE : `${position}-${COMPENSATE}`;
  return execution.isReplay && execution.operations.has(operationId(key));
}

/** Runs the undo steps of a context. Resolves to what it fails with. */
export async function undone(context: Context, error: unknown): Promise<unknown> {
  const config = { subType: "Compensate", serdes: defaultSerdes };
  const body = (child: Context): Promise<CompensationFailure[]> => undoAll(child, context);
  const failures = await runInScope(
    context.scope,
    () => childContext(context, COMPENSATE, COMPENSATE, body, config, COMPENSATE).outcome,
  );
  return failures.length === 0 ? error : CompensationError.of(toErrorObject(error), failures);
}

async function undoAll(child: Context, { undos }: Context): Promise<CompensationFailure[]> {
  const failures: CompensationFailure[] = [];
  // Asked again after each: what the body left running may have registered more.
  for (let undo = undos.takeLast(); undo; undo = undos.takeLast()) {
    const { key, name, fn, config } = undo;
    const claim = child.claim(COMPENSATE, { type: "STEP", subType: "Step", name }, false, key);
    try {
      await claimedStep(claim, async (step) => void (await fn(step)), config);
    } catch (thrown) {
      failures.push({ name, error: toErrorObject(thrown) });
    }
  }
  return failures;
}
