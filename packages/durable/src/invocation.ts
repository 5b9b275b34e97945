import type { Ending } from "./ending.ts";
import { toError, toErrorObject } from "./error-object.ts";
import type { Execution } from "./execution.ts";
import { operationId } from "./ids.ts";
import type { InvocationHooks } from "./invocation-hooks.ts";
import type { DurableExecutionInvocationOutput } from "./types/wire.ts";

/** Lambda's 6 MB for a response, less room for the envelope; larger results are sent as a checkpoint. */
const MOST_RESPONSE_BYTES = 6 * 1024 * 1024 - 50;

/** Runs the handler until it returns, throws, or the invocation has to end before it does. */
export async function runHandler(
  execution: Execution,
  handler: () => Promise<unknown>,
  hooks: InvocationHooks | undefined,
): Promise<DurableExecutionInvocationOutput> {
  const first = await Promise.race([settled(handler), execution.ended]);
  execution.suspension.stop();
  await execution.settled();
  // What the handler left to be stored may have been refused: then its result must not count either.
  const outcome = execution.ending ?? first;
  try {
    return await answerTo(execution, outcome, hooks);
  } finally {
    execution.leaveLast();
  }
}

async function answerTo(
  execution: Execution,
  outcome: Ending | Settled,
  hooks: InvocationHooks | undefined,
): Promise<DurableExecutionInvocationOutput> {
  switch (outcome.kind) {
    case "returned":
      return answerWith(execution, outcome.result, hooks);
    case "threw":
      return fail(outcome.error, hooks);
    default:
      return endWith(outcome, hooks);
  }
}

type Settled = { kind: "returned"; result: unknown } | { kind: "threw"; error: unknown };

async function settled(handler: () => Promise<unknown>): Promise<Settled> {
  try {
    return { kind: "returned", result: await handler() };
  } catch (error) {
    return { kind: "threw", error };
  }
}

/** Answers with a result. A result too large for an answer is stored first, which may end the invocation otherwise. */
async function answerWith(
  execution: Execution,
  result: unknown,
  hooks: InvocationHooks | undefined,
): Promise<DurableExecutionInvocationOutput> {
  let Result: string | undefined;
  try {
    Result = JSON.stringify(result);
  } catch (error) {
    return fail(error, hooks);
  }
  if (Result !== undefined && Buffer.byteLength(Result) > MOST_RESPONSE_BYTES) {
    const update = { Id: operationId("execution-result"), Type: "EXECUTION", Action: "SUCCEED" } as const;
    const stored = execution.queue.commit({ ...update, Payload: Result });
    execution.queue.close(); // The execution's own update has to be the last.
    const refused = await Promise.race([stored, execution.ended]);
    if (refused) return endWith(refused, hooks);
    Result = "";
  }
  await hooks?.end("SUCCEEDED", { executionResult: result });
  return { Status: "SUCCEEDED", Result };
}

async function fail(
  error: unknown,
  hooks: InvocationHooks | undefined,
): Promise<DurableExecutionInvocationOutput> {
  await hooks?.end("FAILED", { executionError: toError(error) });
  return failed(error);
}

async function endWith(
  ending: Ending,
  hooks: InvocationHooks | undefined,
): Promise<DurableExecutionInvocationOutput> {
  switch (ending.kind) {
    case "suspended":
    case "superseded":
      await hooks?.end("PENDING");
      return { Status: "PENDING" };
    case "failed":
      return fail(ending.error, hooks);
    case "interrupted":
      await hooks?.end("RETRYING", { executionError: ending.error });
      throw ending.error;
  }
}

/** The answer that the execution has failed. */
export function failed(error: unknown): DurableExecutionInvocationOutput {
  return { Status: "FAILED", Error: toErrorObject(error) };
}
