import type { Context } from "../context.ts";
import { DurablePromise } from "../durable-promise.ts";
import { PromiseCombinatorError } from "../errors.ts";
import { fromJson, type Serdes, toJson } from "../serdes.ts";
import type { DurablePromiseCombinators } from "../types/context.ts";
import { splitName } from "./arguments.ts";
import { childContext } from "./child-context.ts";

type Combine = (promises: Promise<unknown>[]) => Promise<unknown>;

/** `context.promise`: each is a child context around its namesake, so that the outcome is stored. */
export function combinators(context: Context): DurablePromiseCombinators {
  const combinator =
    (combine: Combine, serdes?: Serdes<unknown>) =>
    (...args: unknown[]): DurablePromise<unknown> => {
      const [name, [promises]] = splitName(args);
      const body = async (child: Context): Promise<unknown> => {
        child.isCombinator = true;
        try {
          return await combine(promises);
        } finally {
          DurablePromise.release(promises);
        }
      };
      const config = {
        errorMapper: (error: Error) => new PromiseCombinatorError(error.message, error),
        ...(serdes && { serdes }),
      };
      // Its position is taken when it is awaited, as in AWS's SDK; those of combinators among its promises right
      // after, whether or not the body runs: on replay it may not.
      return new DurablePromise(() => {
        const { outcome } = childContext(context, "promise", name, body, config);
        DurablePromise.begin(promises);
        return outcome;
      });
    };
  return {
    all: combinator((promises) => Promise.all(promises)),
    allSettled: combinator((promises) => Promise.allSettled(promises), settledSerdes as Serdes<unknown>),
    any: combinator((promises) => Promise.any(promises)),
    race: combinator((promises) => Promise.race(promises)),
  } as DurablePromiseCombinators;
}

/** Errors would be lost in JSON. */
const settledSerdes: Serdes<PromiseSettledResult<unknown>[]> = {
  serialize: async (results) => toJson(results?.map((result) => withReason(result, plainError))),
  deserialize: async (data) =>
    fromJson(data)?.map((result: PromiseSettledResult<unknown>) => withReason(result, revivedError)),
};

function withReason(
  result: PromiseSettledResult<unknown>,
  convert: (reason: unknown) => unknown,
): PromiseSettledResult<unknown> {
  return result.status === "rejected" ? { ...result, reason: convert(result.reason) } : result;
}

function plainError(reason: unknown): unknown {
  if (!(reason instanceof Error)) return reason;
  return { message: reason.message, name: reason.name, stack: reason.stack };
}

function revivedError(reason: unknown): unknown {
  const stored = reason as { message?: string; name?: string; stack?: string } | null;
  if (typeof stored !== "object" || !stored?.message) return reason;
  const error = new Error(stored.message);
  error.name = stored.name || "Error";
  if (stored.stack) error.stack = stored.stack;
  return error;
}
