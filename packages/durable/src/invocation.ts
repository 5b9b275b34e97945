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
  const outcome = await Promise.race([settled(handler), execution.ended]);
  await execution.queue.drained();
  switch (outcome.kind) {
    case "returned":
      try {
        const answer = await succeeded(execution, outcome.result);
        if ("Status" in answer) {
          await hooks?.end("SUCCEEDED", { executionResult: outcome.result });
          return answer;
        }
        return await ended(answer, hooks);
      } catch (error) {
        return await ended({ kind: "failed", error: toError(error) }, hooks);
      }
    case "threw":
      await hooks?.end("FAILED", { executionError: toError(outcome.error) });
      return failed(outcome.error);
    default:
      return await ended(outcome, hooks);
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

/** The answer that carries a result; a result too large for it is stored first. That can end the invocation otherwise. */
async function succeeded(
  execution: Execution,
  result: unknown,
): Promise<DurableExecutionInvocationOutput | Ending> {
  const Result: string | undefined = JSON.stringify(result);
  if (
    Result === undefined ||
    Result.length * 3 <= MOST_RESPONSE_BYTES ||
    Buffer.byteLength(Result) <= MOST_RESPONSE_BYTES
  ) {
    return { Status: "SUCCEEDED", Result };
  }
  const stored = execution.queue.commit({
    Id: operationId("execution-result"),
    Type: "EXECUTION",
    Action: "SUCCEED",
    Payload: Result,
  });
  execution.queue.close(); // The execution's own update has to be the last.
  return Promise.race([stored.then(() => ({ Status: "SUCCEEDED", Result: "" }) as const), execution.ended]);
}

async function ended(
  ending: Ending,
  hooks: InvocationHooks | undefined,
): Promise<DurableExecutionInvocationOutput> {
  switch (ending.kind) {
    case "suspended":
    case "superseded":
      await hooks?.end("PENDING");
      return { Status: "PENDING" };
    case "failed":
      await hooks?.end("FAILED", { executionError: ending.error });
      return failed(ending.error);
    case "interrupted":
      await hooks?.end("RETRYING", { executionError: ending.error });
      throw ending.error;
  }
}

/** The answer that the execution has failed. */
export function failed(error: unknown): DurableExecutionInvocationOutput {
  return { Status: "FAILED", Error: toErrorObject(error) };
}
