import type { Context } from "../context.ts";
import { successAfterFailure } from "../determinism.ts";
import { toErrorObject } from "../error-object.ts";
import { CompensationError, type CompensationFailure } from "../errors.ts";
import { operationId } from "../ids.ts";
import { defaultSerdes } from "../serdes.ts";
import { childContext } from "./child-context.ts";
import { claimedStep } from "./step.ts";

/** The name of the context that undo steps run in, and its key: it stands beside the operations of the one that failed. */
const COMPENSATE = "compensate";

/** Runs the body of a context. When it fails its undo steps run, the latest first; then it fails with its error. */
export async function compensating<T>(context: Context, body: () => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await body();
  } catch (error) {
    if (context.undos.isEmpty && !hasBegun(context)) throw error;
    return compensate(context, error);
  }
  return hasBegun(context) ? compensate(context, successAfterFailure()) : result;
}

/** Whether an earlier invocation came to the undo steps of a context. */
function hasBegun({ execution, position }: Context): boolean {
  const key = position === "" ? COMPENSATE : `${position}-${COMPENSATE}`;
  return execution.isReplay && execution.operations.has(operationId(key));
}

async function compensate(context: Context, error: unknown): Promise<never> {
  const config = { subType: "Compensate", serdes: defaultSerdes };
  const body = (child: Context): Promise<CompensationFailure[]> => undoAll(child, context);
  const failures = await childContext(context, COMPENSATE, COMPENSATE, body, config, COMPENSATE).outcome;
  throw failures.length === 0 ? error : CompensationError.of(toErrorObject(error), failures);
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
