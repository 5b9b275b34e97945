import type { Clock } from "../../kernel/clock.ts";
import type { CallContext } from "../../kernel/context.ts";
import { AwsError } from "../../kernel/errors.ts";
import type { Ids } from "../../kernel/ids.ts";
import type { Logger } from "../../kernel/logger.ts";
import type { FunctionInvoker } from "../invoke.ts";
import { Throttled } from "../reservations.ts";
import type { BatchCaller } from "./source.ts";

interface CallerOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly invoker: FunctionInvoker;
}

/**
 * Invokes a mapping's function with a batch and waits for the answer; of a durable function, for the end of the
 * execution (https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking-esm.html).
 */
export function batchCaller({ clock, ids, log, invoker }: CallerOptions): BatchCaller {
  return async (mapping, event, onStart) => {
    const { account, region, functionName, qualifier } = mapping;
    const context: CallContext = {
      ...{ account, region, clock, log },
      principal: "lambda.amazonaws.com",
      requestId: ids.uuid(),
      signal: new AbortController().signal,
    };
    try {
      const output = await invoker.invoke(
        context,
        {
          FunctionName: functionName,
          ...(qualifier === undefined ? {} : { Qualifier: qualifier }),
          Payload: Buffer.from(event),
        },
        { onStart },
      );
      if (output.Payload === undefined) return { type: "lost" };
      const payload = Buffer.from(output.Payload).toString();
      if (output.FunctionError === undefined) return { type: "answered", payload };
      return { type: "failed", why: payload };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      if (error instanceof Throttled) return { type: "throttled", isSwitchedOff: error.isSwitchedOff };
      return error.fault === "server" ? { type: "lost" } : { type: "failed", why: error.message };
    }
  };
}
