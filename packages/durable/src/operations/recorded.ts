import type { Context } from "../context.ts";
import type { DurablePromise } from "../durable-promise.ts";
import { random, uuid } from "../timers.ts";
import { step } from "./step.ts";

/** `context.now`, `random` and `uuid`: values that differ on every run, taken once in a step. */
export const recordedNow = (context: Context): DurablePromise<number> =>
  recorded(context, "now", context.execution.nowMs);
export const recordedRandom = (context: Context): DurablePromise<number> =>
  recorded(context, "random", random);
export const recordedUuid = (context: Context): DurablePromise<string> => recorded(context, "uuid", uuid);

function recorded<T>(context: Context, name: string, take: () => T): DurablePromise<T> {
  return step(context, [name, async () => take()]) as DurablePromise<T>;
}
