import type { Context } from "../context.ts";
import { DurablePromise, neverDurable } from "../durable-promise.ts";
import { type Duration, durationToSeconds } from "../duration.ts";
import { ExternalOperation } from "./external.ts";

/** `context.wait`. */
export function wait(
  context: Context,
  nameOrDuration: string | undefined | Duration,
  duration?: Duration,
): DurablePromise<void> {
  const isNamed = typeof nameOrDuration === "string" || nameOrDuration === undefined;
  const name = isNamed ? nameOrDuration : undefined;
  const seconds = durationToSeconds(isNamed ? duration! : nameOrDuration);
  const claim = context.claim("wait", { type: "WAIT", subType: "Wait", name });
  if (!claim) return neverDurable();
  const start = () => ({ ...claim.update("START"), WaitOptions: { WaitSeconds: seconds } });
  const endMs = context.execution.nowMs() + seconds * 1000;
  const operation = new ExternalOperation(claim, start, { endMs });
  return new DurablePromise(async () => void (await operation.completion()), operation);
}
