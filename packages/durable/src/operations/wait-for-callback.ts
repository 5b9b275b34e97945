import type { Context } from "../context.ts";
import { DurablePromise } from "../durable-promise.ts";
import { CallbackSubmitterError, ChildContextError, type DurableOperationError } from "../errors.ts";
import { passThroughSerdes, payloadSerdes } from "../serdes.ts";
import type {
  StepContext,
  WaitForCallbackConfig,
  WaitForCallbackSubmitterFunc,
} from "../types/operations.ts";
import { validatedResult } from "../validation.ts";
import { splitName } from "./arguments.ts";
import { createCallback } from "./callback.ts";
import { childContext } from "./child-context.ts";
import { step } from "./step.ts";

/**
 * `context.waitForCallback`: a context that holds the callback and, as a step, the submitter. Once the submitter's
 * success is stored it never runs again.
 */
export function waitForCallback<T>(context: Context, args: unknown[]): DurablePromise<T> {
  const [name, [submitter, given]] = splitName(args) as [
    string | undefined,
    [WaitForCallbackSubmitterFunc, WaitForCallbackConfig<T>?],
  ];
  if (typeof submitter !== "function") {
    const hint = name === undefined ? "" : " when name is provided";
    return new DurablePromise(async () => {
      throw new Error(`waitForCallback requires a submitter function${hint}`);
    });
  }
  const { serdes, schema, timeout, heartbeatTimeout, retryStrategy } = given ?? {};
  const { callbackDeserializer } = context.settings;

  const body = async (child: Context): Promise<string> => {
    // The raw result goes through the child's own result; it is deserialized once, at the end.
    const callbackConfig = { timeout, heartbeatTimeout, serdes: passThroughSerdes };
    const callbackLabel = name === undefined ? undefined : `${name}-callback`;
    const [result, callbackId] = await createCallback<string>(child, [callbackConfig], callbackLabel);
    const submit = async ({ logger }: StepContext): Promise<void> => {
      await submitter(callbackId, { logger });
    };
    await step(child, [submit, { retryStrategy }], name === undefined ? undefined : `${name}-submitter`);
    return await result;
  };

  const child = childContext<string>(context, "waitForCallback", name, body, {
    subType: "WaitForCallback",
    errorMapper: mapError,
    // With a default deserializer the raw text is stored as it is, else as JSON: as AWS's SDK does.
    ...(callbackDeserializer && { serdes: passThroughSerdes }),
  });
  return new DurablePromise(async () => {
    const raw = await child.outcome;
    const value = await child.claim?.deserialize(
      serdes ?? callbackDeserializer ?? payloadSerdes(schema),
      raw,
    );
    return validatedResult(schema, value, "callback", name);
  });
}

function mapError(error: DurableOperationError): DurableOperationError {
  switch (error.errorType) {
    case "CallbackTimeoutError":
    case "CallbackExternalError":
    case "CallbackError":
      return error;
    case "StepError":
      return new CallbackSubmitterError(error.message, error);
    default:
      return new ChildContextError(error.message, error);
  }
}
