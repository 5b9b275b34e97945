import type { HandlerOutcome } from "../protocol.ts";
import { LARGEST_RESPONSE_BYTES, RESPONSE_TOO_LARGE } from "../runtime-errors.ts";
import { functionError, isRuntimeError, RuntimeError } from "./function-error.ts";
import { type ContextIdentity, type ContextInvocation, lambdaContext } from "./lambda-context.ts";
import type { Handler } from "./load-handler.ts";

/** One call of a handler that is under way. */
export interface HandlerCall {
  /** Settles when the handler has answered. */
  readonly answered: Promise<unknown>;
  /** To be told when nothing is left that could still wake the handler. */
  loopEmptied(): void;
}

export interface CallOptions {
  readonly identity: ContextIdentity;
  readonly invocation: ContextInvocation;
  /** What the remaining time is counted by. */
  readonly nowMs: () => number;
  /** Whether `loopEmptied` will be called. If not, a callback answers at once, and returning nothing is an answer too. */
  readonly watchesLoop: boolean;
}

/**
 * Calls a handler of any shape that the Node.js runtimes take: one that returns a promise, one that returns a value, and
 * one that calls back (a third parameter, or `context.done`), whose answer then waits for the event loop to empty
 * unless it cleared `callbackWaitsForEmptyEventLoop`.
 */
export function callHandler(handler: Handler, event: unknown, options: CallOptions): HandlerCall {
  const { identity, invocation, nowMs, watchesLoop } = options;
  let resolve!: (result: unknown) => void;
  let reject!: (error: unknown) => void;
  const answered = new Promise<unknown>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  let returnedPromise = false;
  let calledBack: { readonly result: unknown } | undefined;
  const done = (error: unknown, result: unknown) => {
    if (error !== undefined && error !== null) reject(error);
    else resolve(result);
  };
  const context = lambdaContext(identity, invocation, nowMs, done);
  const callback = (error?: unknown, result?: unknown) => {
    const failed = error !== undefined && error !== null;
    if (failed || !watchesLoop || !context.callbackWaitsForEmptyEventLoop) done(error, result);
    else calledBack ??= { result };
  };
  try {
    const returned = handler(event, context, callback);
    returnedPromise = typeof (returned as PromiseLike<unknown> | undefined)?.then === "function";
    if (returnedPromise) (returned as PromiseLike<unknown>).then(resolve, reject);
    else if (handler.length < 3 && (returned !== undefined || !watchesLoop)) resolve(returned);
  } catch (error) {
    reject(error);
  }
  const loopEmptied = () => {
    if (returnedPromise) reject(neverSettled());
    else resolve(calledBack?.result);
  };
  return { answered, loopEmptied };
}

/** A handler's result as the response's JSON. */
export function answer(result: unknown): HandlerOutcome {
  let payload: string;
  try {
    // A function or symbol has no JSON: like undefined it becomes null.
    payload = JSON.stringify(result) ?? "null";
  } catch {
    const unserialisable = new RuntimeError(
      "Runtime.JSONStringifyError",
      "Unable to stringify response body",
    );
    return { ok: false, kind: "runtime", error: functionError(unserialisable) };
  }
  // A UTF-16 unit is at most three bytes of UTF-8: short texts need no counting.
  if (payload.length * 3 <= LARGEST_RESPONSE_BYTES) return { ok: true, payload };
  return Buffer.byteLength(payload) <= LARGEST_RESPONSE_BYTES ? { ok: true, payload } : tooLarge();
}

/** What a handler threw as the response's error. */
export function failure(thrown: unknown): HandlerOutcome {
  const error = functionError(thrown);
  if (Buffer.byteLength(JSON.stringify(error)) > LARGEST_RESPONSE_BYTES) return tooLarge();
  return { ok: false, kind: isRuntimeError(thrown) ? "runtime" : "handler", error };
}

function tooLarge(): HandlerOutcome {
  return { ok: false, kind: "runtime", error: RESPONSE_TOO_LARGE };
}

function neverSettled(): RuntimeError {
  return new RuntimeError(
    "Runtime.NodeJsExit",
    "The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes",
  );
}
