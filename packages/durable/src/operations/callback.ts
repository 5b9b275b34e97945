import type { Context } from "../context.ts";
import { DurablePromise, neverDurable } from "../durable-promise.ts";
import { durationToSeconds } from "../duration.ts";
import { CallbackError, CallbackExternalError, CallbackTimeoutError, storedCause } from "../errors.ts";
import { payloadSerdes } from "../serdes.ts";
import type { CreateCallbackConfig, CreateCallbackResult } from "../types/operations.ts";
import type { CallbackOptions, Operation, OperationUpdate } from "../types/wire.ts";
import { validatedResult } from "../validation.ts";
import { splitName } from "./arguments.ts";
import { ExternalOperation } from "./external.ts";

/** `context.createCallback`. `label` names it for plugins when it has no name on the wire. */
export function createCallback<T>(
  context: Context,
  args: unknown[],
  label?: string,
): DurablePromise<CreateCallbackResult<T>> {
  const [name, [given]] = splitName(args);
  const config: CreateCallbackConfig<T> = given ?? {};
  const claim = context.claim("createCallback", { type: "CALLBACK", subType: "Callback", name });
  if (!claim) return neverDurable();
  const serdes = config.serdes ?? context.settings.callbackDeserializer ?? payloadSerdes(config.schema);

  const start = (): OperationUpdate => {
    const options: CallbackOptions = {};
    if (config.timeout) options.TimeoutSeconds = durationToSeconds(config.timeout);
    if (config.heartbeatTimeout) options.HeartbeatTimeoutSeconds = durationToSeconds(config.heartbeatTimeout);
    return { ...claim.update("START"), CallbackOptions: options };
  };

  const operation = new ExternalOperation(claim, start, { label, needsReply: true });
  const result = async (): Promise<T> => {
    const completed = await operation.completion(callbackError);
    if (completed.Status !== "SUCCEEDED") throw callbackError(completed);
    const value = await claim.deserialize(serdes, completed.CallbackDetails?.Result);
    return validatedResult(config.schema, value, "callback", name);
  };
  return new DurablePromise(async () => {
    await operation.started;
    const callbackId = claim.stored?.CallbackDetails?.CallbackId;
    if (!callbackId) throw new CallbackError(`No callback ID found for callback: ${claim.position}`);
    return [new DurablePromise(result, operation), callbackId];
  });
}

function callbackError({ Status, CallbackDetails }: Operation): CallbackError {
  const { Error: stored } = CallbackDetails ?? {};
  const type = Status === "TIMED_OUT" ? CallbackTimeoutError : CallbackExternalError;
  return new type(stored?.ErrorMessage, stored && storedCause(stored), stored?.ErrorData);
}
