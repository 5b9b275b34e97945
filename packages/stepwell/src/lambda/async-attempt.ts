import { text } from "node:stream/consumers";
import type { Clock } from "../kernel/clock.ts";
import type { CallContext } from "../kernel/context.ts";
import type { Logger } from "../kernel/logger.ts";
import type { Store } from "../store/store.ts";
import { type Attempt, isTooOld, type PendingInvocation, type RetryPolicy } from "./async-verdict.ts";
import type { StoredFunctions } from "./catalog.ts";
import type { DurableInvoker } from "./function.ts";
import type { Host } from "./host/host.ts";
import { type FunctionRecord, toLambdaFunction } from "./record.ts";
import { LATEST } from "./reference.ts";
import { placesOfRecord, type Reservations } from "./reservations.ts";
import type { EventInvokeConfig } from "./shared.ts";

export interface AttemptOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly host: Host;
  readonly catalog: StoredFunctions;
  readonly durable: DurableInvoker;
  readonly reservations: Reservations;
}

/** How an attempt went, with the configuration that was in force. */
export interface MadeAttempt {
  readonly attempt: Attempt;
  readonly config?: EventInvokeConfig;
  /** The queue or topic of the function's DeadLetterConfig. */
  readonly deadLetterArn?: string;
}

/** Hands asynchronous events to their functions. */
export class AsyncAttempts {
  readonly #options: AttemptOptions;

  constructor(options: AttemptOptions) {
    this.#options = options;
  }

  /** Never rejects; `onStart` is called when an instance has the invocation. */
  async make(pending: PendingInvocation, onStart: () => void): Promise<MadeAttempt> {
    const { catalog, log, clock } = this.#options;
    let inForce: Omit<MadeAttempt, "attempt"> = {};
    try {
      const record = await catalog.stored(pending.key);
      if (!record) return { attempt: "function gone" };
      const config = configOf(record, pending);
      const deadLetterArn = record.settings.DeadLetterConfig?.TargetArn;
      inForce = { ...(config ? { config } : {}), ...(deadLetterArn ? { deadLetterArn } : {}) };
      const refused = refusal(record, pending, config ?? {}, clock.now());
      const attempt = refused ?? (await this.#call(record, pending, onStart));
      return { attempt, ...inForce };
    } catch (error) {
      log.error(
        { function: pending.key.name, requestId: pending.requestId, error },
        "cannot invoke; trying again",
      );
      return { attempt: "unavailable", ...inForce };
    }
  }

  async #call(record: FunctionRecord, pending: PendingInvocation, onStart: () => void): Promise<Attempt> {
    const { durable } = this.#options;
    const payload = await this.eventOf(pending);
    const tenant = pending.tenantId === undefined ? {} : { tenantId: pending.tenantId };
    if (record.settings.DurableConfig) {
      // By the event's own name, so that handing it over twice starts one execution.
      const start = { fn: toLambdaFunction(record), payload, executionName: pending.id, ...tenant };
      await durable.start(this.#context(pending), { ...start, synchronous: false });
      return "execution started";
    }
    const { catalog, host, reservations } = this.#options;
    const report = await reservations.run(placesOfRecord(record), async () =>
      host.invoke({
        code: await catalog.codeOf(record),
        requestId: pending.requestId,
        invokedFunctionArn: pending.invokedArn,
        event: { json: payload },
        ...tenant,
        synchronous: false,
        attemptOf: pending.id,
        onStart,
      }),
    );
    // Without a place the event goes back to its queue, as on AWS, and is tried again later.
    return report?.result ?? "unavailable";
  }

  /** As JSON text. */
  async eventOf({ event }: PendingInvocation): Promise<string> {
    return "json" in event ? event.json : text(this.#options.store.openBlob(event.blob));
  }

  #context({ key: { account, region }, requestId }: PendingInvocation): CallContext {
    const { clock, log } = this.#options;
    const { signal } = new AbortController();
    return { account, region, principal: `arn:aws:iam::${account}:root`, requestId, clock, signal, log };
  }
}

/** Why an event is not handed over at all. */
function refusal(
  { shared }: FunctionRecord,
  pending: PendingInvocation,
  policy: RetryPolicy,
  nowMs: number,
): "switched off" | "too old" | undefined {
  if (shared.reservedConcurrency === 0) return "switched off";
  return isTooOld(pending, policy, nowMs) ? "too old" : undefined;
}

/** The configuration in force for the qualifier that the caller named. */
function configOf({ shared }: FunctionRecord, { qualifier = LATEST }: PendingInvocation) {
  return shared.eventInvokes.find((config) => config.qualifier === qualifier);
}
