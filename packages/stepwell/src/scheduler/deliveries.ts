import type { CallContext } from "../kernel/context.ts";
import { AwsError } from "../kernel/errors.ts";
import type { ServiceOptions } from "../kernel/service.ts";
import type { Delivery, TargetEvent } from "../kernel/targets.ts";
import { type WorkItem, work } from "../kernel/work.ts";
import { deadLetter } from "./dead-letter.ts";
import { type Direct, directDelivery } from "./direct.ts";
import { scheduleArn } from "./names.ts";
import { inputOf, type Occurrence } from "./occurrence.ts";
import { universalInput, universalTarget } from "./universal.ts";
import { judge } from "./verdict.ts";

/** The kind of work items that are occurrences which are tried again, or call an operation. */
export const DELIVERY_WORK = "schedule-delivery";

const NOTHING: Delivery = { changes: [], committed() {} };

/**
 * Hands occurrences to their targets. What goes to a function, queue, topic or bus is part of the commit that moves the
 * schedule on, and so happens once. A universal target that does more is a call of its operation: that is made after,
 * from a work item, and made again when nobody knows whether it was.
 */
export class Deliveries {
  readonly #options: ServiceOptions;
  readonly #closing = new AbortController();

  constructor(options: ServiceOptions) {
    this.#options = options;
    options.dispatcher.handle(DELIVERY_WORK, (item) => this.#again(item));
  }

  /** Lets calls that wait for something end. */
  close(): void {
    this.#closing.abort();
  }

  /** The first attempt. What cannot be delivered becomes a retry or a dead letter, never an error. */
  begin(occurrence: Occurrence): Promise<Delivery> | Delivery {
    return isCall(occurrence)
      ? this.#later(occurrence, this.#options.clock.now())
      : this.#attempt(occurrence);
  }

  async #again(item: WorkItem): Promise<void> {
    const { store, owner } = this.#options;
    const delivery = await this.#attempt(JSON.parse(item.data) as Occurrence);
    await store.commit([work.finish(item, owner), ...delivery.changes], { key: item.key });
    delivery.committed();
  }

  async #attempt(occurrence: Occurrence): Promise<Delivery> {
    const { targets, ids } = this.#options;
    const executionId = ids.uuid().replaceAll("-", "").slice(0, 16);
    const input = inputOf(occurrence, executionId);
    try {
      const direct = directOf(occurrence, input);
      if (direct) {
        refuseNoJson(direct);
        return await targets.changes(direct.arn, direct.event);
      }
      await this.#call(occurrence, input);
      return NOTHING;
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return this.#failed(occurrence, { error, executionId, input });
    }
  }

  async #call({ schedule, target }: Occurrence, input: string): Promise<void> {
    const { operations, clock, ids, log, endpointUrl } = this.#options;
    const operation = universalTarget(target.Arn)?.operation;
    if (!operation) throw new AwsError("UnknownOperationException", `Stepwell does not have ${target.Arn}.`);
    const url = endpointUrl();
    const context: CallContext = {
      ...{ account: schedule.account, region: schedule.region, principal: target.RoleArn },
      ...{ requestId: ids.uuid(), clock, log, signal: this.#closing.signal },
      ...(url === undefined ? {} : { endpointUrl: url }),
    };
    await operations.call(context, operation.fullName, universalInput(operation, input));
  }

  async #failed(
    occurrence: Occurrence,
    failure: { readonly error: AwsError; readonly executionId: string; readonly input: string },
  ): Promise<Delivery> {
    const { clock, ids, log, targets } = this.#options;
    const { schedule, target } = occurrence;
    const about = { schedule: scheduleArn(schedule), target: target.Arn, error: failure.error };
    const verdict = judge(occurrence, clock.now(), ids.random());
    if ("againAtMs" in verdict) {
      log.warn(about, "a schedule could not reach its target; it is tried again");
      return this.#later({ ...occurrence, failures: occurrence.failures + 1 }, verdict.againAtMs);
    }
    const queue = target.DeadLetterConfig?.Arn;
    if (queue === undefined) {
      log.error(about, "a schedule could not reach its target, and has given up");
      return NOTHING;
    }
    try {
      return await targets.changes(queue, deadLetter(occurrence, failure, verdict.exhausted));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      log.error({ ...about, queue, error }, "a schedule's dead-letter queue could not be delivered to");
      return NOTHING;
    }
  }

  #later(occurrence: Occurrence, atMs: number): Delivery {
    const { ids, dispatcher } = this.#options;
    const { account, region } = occurrence.schedule;
    const key = `${account}/${region}/${DELIVERY_WORK}/${ids.orderedUuid()}`;
    const times = { dueAtMs: atMs, availableAtMs: atMs };
    // One lane for all of them: calls of other services may take long, and leave room for everything else.
    const item = {
      key,
      kind: DELIVERY_WORK,
      lane: DELIVERY_WORK,
      ...times,
      data: JSON.stringify(occurrence),
    };
    return { changes: [work.insert(item)], committed: () => dispatcher.wake(atMs) };
  }
}

/** Functions take JSON only. */
function refuseNoJson({ arn, event }: Direct): void {
  if (!arn.startsWith("arn:aws:lambda:")) return;
  try {
    JSON.parse(event.payload);
  } catch (error) {
    const why = (error as Error).message;
    throw new AwsError("InvalidRequestContentException", `Could not parse request body into json: ${why}`);
  }
}

function isCall(occurrence: Occurrence): boolean {
  try {
    return directOf(occurrence, inputOf(occurrence, "")) === undefined;
  } catch (error) {
    if (error instanceof AwsError) return false;
    throw error;
  }
}

/** What is delivered, where that is all that the target does. Throws AwsError. */
function directOf(occurrence: Occurrence, input: string): Direct | undefined {
  const universal = universalTarget(occurrence.target.Arn);
  if (!universal) return { arn: occurrence.target.Arn, event: eventOf(occurrence, input) };
  const { operation } = universal;
  return operation && directDelivery(operation.fullName, universalInput(operation, input), occurrence);
}

function eventOf({ schedule, target, scheduledAtMs }: Occurrence, payload: string): TargetEvent {
  const { SqsParameters, EventBridgeParameters } = target;
  const groupId = SqsParameters?.MessageGroupId;
  return {
    payload,
    sourceArn: scheduleArn(schedule),
    ...(groupId === undefined ? {} : { message: { groupId } }),
    ...(EventBridgeParameters && {
      busEvent: {
        source: EventBridgeParameters.Source,
        detailType: EventBridgeParameters.DetailType,
        timeMs: scheduledAtMs,
      },
    }),
  };
}
