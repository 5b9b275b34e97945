import type { Context } from "../context.ts";
import { DurablePromise, neverDurable } from "../durable-promise.ts";
import { InvokeError } from "../errors.ts";
import type { InvokeConfig } from "../types/operations.ts";
import type { Operation, OperationUpdate } from "../types/wire.ts";
import { validatedResult } from "../validation.ts";
import { ExternalOperation } from "./external.ts";

/** `context.invoke`. Two leading strings are a name and a function; as in AWS's SDK, a string input needs a name too. */
export function invoke(context: Context, args: unknown[]): DurablePromise<unknown> {
  const isNamed = typeof args[1] === "string";
  const name = isNamed ? (args[0] as string) : undefined;
  const [functionName, input, config = {}] = (isNamed ? args.slice(1) : args) as [
    string,
    unknown,
    InvokeConfig<unknown, unknown>?,
  ];
  const claim = context.claim("invoke", { type: "CHAINED_INVOKE", subType: "ChainedInvoke", name });
  if (!claim) return neverDurable();
  const { serdes } = context.settings;

  const start = (payload?: string): OperationUpdate => {
    const update = claim.update("START");
    if (payload !== undefined) update.Payload = payload;
    update.ChainedInvokeOptions = { FunctionName: functionName };
    if (config.tenantId) update.ChainedInvokeOptions.TenantId = config.tenantId;
    return update;
  };
  const operation = new ExternalOperation(claim, start, {
    input: () => claim.serialize(config.payloadSerdes ?? serdes, input),
  });
  return new DurablePromise(async () => {
    const ended = await operation.completion(invokeError);
    if (ended.Status !== "SUCCEEDED") throw invokeError(ended);
    const value = await claim.deserialize(config.resultSerdes ?? serdes, ended.ChainedInvokeDetails?.Result);
    return validatedResult(config.schema, value, "invoke", name ?? functionName);
  }, operation);
}

function invokeError({ ChainedInvokeDetails }: Operation): InvokeError {
  const { ErrorMessage, ErrorData } = ChainedInvokeDetails?.Error ?? {};
  return new InvokeError(ErrorMessage, ErrorMessage ? new Error(ErrorMessage) : undefined, ErrorData);
}
