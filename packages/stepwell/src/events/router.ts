import type { Clock } from "../kernel/clock.ts";
import { AwsError } from "../kernel/errors.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Logger } from "../kernel/logger.ts";
import type { Delivery, Target, Targets } from "../kernel/targets.ts";
import type { Change } from "../store/store.ts";
import { type BusEvent, HeldEvent } from "./bus-event.ts";
import type { CompiledBuses, PreparedRule, PreparedTarget } from "./contents.ts";
import { busNotFound } from "./errors.ts";
import { type BusName, busArn, DEFAULT_BUS, parseBusArn } from "./names.ts";
import { archivedEvents } from "./table/archived-events.ts";
import type { RuleTarget } from "./table/rules.ts";

export interface RouterOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly targets: Targets;
  readonly compiled: CompiledBuses;
}

/** The buses that an event has passed on its way here, the one that it is on now included. */
type Way = readonly string[];

/** From bus to bus an event goes this far, and never to one that it has passed: rules may send it in a circle. */
const MOST_BUSES = 6;

/** Decides where events go: it looks up, and gives changes for the commit of whoever puts them. */
export class EventRouter {
  readonly #options: RouterOptions;

  constructor(options: RouterOptions) {
    this.#options = options;
  }

  /** What an event on a bus comes to: its targets, and archives. Nothing when there is no such bus, as on AWS. */
  async route(bus: BusName, event: BusEvent, only?: readonly string[]): Promise<Delivery> {
    const gathered = new Gathered();
    await this.#onBus(bus, new HeldEvent(event), [], gathered, only);
    return gathered;
  }

  /** Hands an event to the targets of one rule. */
  async toTargets(rule: PreparedRule, bus: BusName, event: BusEvent): Promise<Delivery> {
    const gathered = new Gathered();
    await this.#toTargets(rule, new HeldEvent(event), [busArn(bus)], gathered);
    return gathered;
  }

  /** Delivers to buses for other services: the payload is the event's detail. */
  readonly target: Target = async (arn, { payload, busEvent }) => {
    const bus = parseBusArn(arn);
    if (!bus || !(await this.#exists(bus))) throw busNotFound(bus?.name ?? arn);
    if (!busEvent) throw new AwsError("InvalidParameterValueException", `${arn} takes events with a source.`);
    const { clock, ids } = this.#options;
    return this.route(bus, {
      id: ids.uuid(),
      detailType: busEvent.detailType,
      source: busEvent.source,
      account: bus.account,
      timeMs: busEvent.timeMs ?? clock.now(),
      region: bus.region,
      resources: busEvent.resources ?? [],
      detail: payload,
    });
  };

  async #exists(bus: BusName): Promise<boolean> {
    return bus.name === DEFAULT_BUS || (await this.#options.compiled.find(bus)) !== undefined;
  }

  async #onBus(
    bus: BusName,
    held: HeldEvent,
    way: Way,
    gathered: Gathered,
    only?: readonly string[],
  ): Promise<void> {
    const contents = await this.#options.compiled.find(bus);
    if (!contents) return;
    const { event } = held;
    for (const { id, pattern } of contents.archives) {
      // What comes out of an archive is not put into one again.
      if (event.replayName !== undefined || (pattern && !pattern.matches(held.parsed))) continue;
      gathered.changes.push(archivedEvents.insert(id, event, Buffer.byteLength(held.json)));
    }
    const further = [...way, busArn(bus)];
    for (const rule of contents.rules) {
      if (only && !only.includes(rule.arn)) continue;
      if (rule.pattern.matches(held.parsed)) await this.#toTargets(rule, held, further, gathered);
    }
  }

  async #toTargets(rule: PreparedRule, held: HeldEvent, way: Way, gathered: Gathered): Promise<void> {
    for (const prepared of rule.targets) {
      try {
        await this.#toTarget(rule, prepared, held, way, gathered);
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        await this.#undelivered(rule, prepared.target, held, error, gathered);
      }
    }
  }

  async #toTarget(
    rule: PreparedRule,
    { target, input }: PreparedTarget,
    held: HeldEvent,
    way: Way,
    gathered: Gathered,
  ): Promise<void> {
    const { clock, targets } = this.#options;
    const bus = parseBusArn(target.Arn);
    if (bus) return this.#toBus(rule, bus, held, way, gathered);
    const context = { ruleName: rule.name, ruleArn: rule.arn, ingestedAtMs: clock.now() };
    const groupId = target.SqsParameters?.MessageGroupId;
    gathered.add(
      await targets.changes(target.Arn, {
        payload: input(held, context),
        sourceArn: rule.arn,
        ...(groupId === undefined ? {} : { message: { groupId } }),
      }),
    );
  }

  /** The event stays what it is: its account, region and time are those of the bus where it was put. */
  async #toBus(
    rule: PreparedRule,
    bus: BusName,
    held: HeldEvent,
    way: Way,
    gathered: Gathered,
  ): Promise<void> {
    if (!(await this.#exists(bus))) throw busNotFound(bus.name);
    const arn = busArn(bus);
    if (way.includes(arn) || way.length >= MOST_BUSES) {
      const about = { event: held.event.id, rule: rule.arn, bus: arn };
      return this.#options.log.error(
        about,
        "an event goes from bus to bus in a circle, or too far; it stops here",
      );
    }
    const isElsewhere = !way.at(-1)?.startsWith(busArn({ ...bus, name: "" }));
    const moved = isElsewhere ? new HeldEvent({ ...held.event, id: this.#options.ids.uuid() }) : held;
    await this.#onBus(bus, moved, way, gathered);
  }

  /**
   * To the target's dead-letter queue, with what AWS tells there
   * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html). Trying again would not help: what can
   * fail for a while fails the whole commit.
   */
  async #undelivered(
    rule: PreparedRule,
    target: RuleTarget,
    held: HeldEvent,
    error: AwsError,
    gathered: Gathered,
  ): Promise<void> {
    const about = { event: held.event.id, rule: rule.arn, target: target.Arn, error };
    const queue = target.DeadLetterConfig?.Arn;
    if (queue === undefined)
      return this.#options.log.warn(about, "an event could not be delivered; it is dropped");
    const attributes = Object.fromEntries(
      [
        ["RULE_ARN", rule.arn],
        ["TARGET_ARN", target.Arn],
        ["ERROR_CODE", deadLetterCode(error)],
        ["ERROR_MESSAGE", error.message],
      ].map(([name, stringValue]) => [name, { dataType: "String", stringValue: stringValue! }]),
    );
    try {
      const letter = { payload: held.json, sourceArn: rule.arn, message: { attributes } };
      gathered.add(await this.#options.targets.changes(queue, letter));
    } catch (unsent) {
      if (!(unsent instanceof AwsError)) throw unsent;
      this.#options.log.error(
        { ...about, queue, unsent },
        "an event could not be delivered, nor its dead letter",
      );
    }
  }
}

/** Changes and what follows them, of many deliveries. */
class Gathered implements Delivery {
  readonly changes: Change[] = [];
  readonly #committed: (() => void)[] = [];

  add({ changes, committed }: Delivery): void {
    this.changes.push(...changes);
    this.#committed.push(committed);
  }

  readonly committed = (): void => {
    for (const each of this.#committed) each();
  };
}

/** AWS's codes for letters; what is not there is most often the cause. */
function deadLetterCode({ code }: AwsError): string {
  return /NotFound|DoesNotExist|NonExistent/.test(code) ? "NO_RESOURCE" : "SDK_CLIENT_ERROR";
}
