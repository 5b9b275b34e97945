import type { Clock } from "../kernel/clock.ts";
import { AwsError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/logger.ts";
import { untilStored } from "../kernel/until-stored.ts";
import type { InvocationResult, Invokes } from "../lambda/host/host.ts";
import type { CheckpointPort } from "./checkpoint-port.ts";
import { errorObject } from "./errors.ts";
import { HeldElsewhere } from "./held-elsewhere.ts";
import type { Begun, ExecutionHolder } from "./holder.ts";
import { endInvocation, type InvocationEnd } from "./machine.ts";

export interface InvokerOptions {
  readonly host: Invokes;
  readonly clock: Clock;
  readonly log: Logger;
  readonly closing: () => boolean;
}

/** Has a host run an execution's handler and records how that ended. */
export class Invoker {
  readonly #options: InvokerOptions;

  constructor(options: InvokerOptions) {
    this.#options = options;
  }

  /** Runs one invocation to its end; `onStart` is called when an instance has it. Never rejects. */
  async run(holder: ExecutionHolder, port: CheckpointPort, begun: Begun, onStart: () => void): Promise<void> {
    const end = await this.#invoke(holder, port, begun, onStart);
    await this.#record(holder, port, end);
  }

  async #invoke(
    holder: ExecutionHolder,
    port: CheckpointPort,
    begun: Begun,
    onStart: () => void,
  ): Promise<InvocationEnd> {
    const { identity, invocation } = holder.state.header;
    const { tenantId } = identity;
    try {
      const code = await begun.code;
      const report = await this.#options.host.invoke({
        code,
        requestId: invocation!.requestId,
        invokedFunctionArn: `${code.functionArn}:${identity.version}`,
        event: { durable: port.envelope(begun.updatedOperationIds), port },
        ...(tenantId === undefined ? {} : { tenantId }),
        synchronous: identity.synchronous,
        attemptOf: holder.key,
        onStart,
      });
      holder.lastReport = report;
      return endOf(report.result);
    } catch (error) {
      if (!(error instanceof AwsError))
        this.#options.log.error({ execution: holder.key, error }, "cannot invoke");
      const { message } = error as Error;
      return { type: "failed", error: { ErrorType: codeOf(error), ErrorMessage: message } };
    }
  }

  /** The end must not be lost: without it the execution would wait for an invocation that is over. */
  async #record(holder: ExecutionHolder, port: CheckpointPort, end: InvocationEnd): Promise<void> {
    const { clock, log, closing } = this.#options;
    const what = `the end of an invocation of ${holder.key}`;
    const handedAtMs = holder.lastReport?.startedAtMs;
    const record = async (): Promise<void> => {
      try {
        const last = await port.lastDecision();
        await holder.submit((draft) => {
          if (draft.header.invocation?.epoch !== port.epoch) return;
          const unheard = draft.header.status === "RUNNING" ? last?.(draft) : undefined;
          endInvocation(draft, end, handedAtMs, unheard);
        });
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        await holder.submit((draft) => {
          if (draft.header.invocation?.epoch === port.epoch)
            endInvocation(draft, endOfRefused(error), handedAtMs);
        });
      }
    };
    await untilStored({ clock, log, what, closing }, record).catch((error) => {
      if (!(error instanceof HeldElsewhere)) throw error;
    });
  }
}

/** A last checkpoint that is refused fails the execution, as the SDK has it for those that it waits for. */
function endOfRefused({ message }: AwsError): InvocationEnd {
  const error = {
    ErrorType: "CheckpointUnrecoverableExecutionError",
    ErrorMessage: `Checkpoint failed: ${message}`,
  };
  return { type: "returned", output: { Status: "FAILED", Error: error } };
}

function codeOf(error: unknown): string {
  return error instanceof AwsError ? error.code : "ServiceException";
}

function endOf(result: InvocationResult): InvocationEnd {
  if (result.ok) return { type: "returned", output: JSON.parse(result.payload) };
  if (result.kind === "lost") return { type: "lost" };
  return { type: "failed", error: errorObject(result.error) };
}
