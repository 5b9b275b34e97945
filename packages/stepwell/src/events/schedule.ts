import type { Clock } from "../kernel/clock.ts";
import type { CallContext } from "../kernel/context.ts";
import type { Dispatcher } from "../kernel/dispatcher.ts";
import type { DescribeByKind } from "../kernel/due.ts";
import type { Ids } from "../kernel/ids.ts";
import { nextTimeMs } from "../kernel/schedule-expression/next.ts";
import { parseScheduleExpression } from "../kernel/schedule-expression/parse.ts";
import { type WorkItem, work } from "../kernel/work.ts";
import { Conflict } from "../store/errors.ts";
import type { Change, Store } from "../store/store.ts";
import { prepareRule } from "./contents.ts";
import { type BusName, DEFAULT_BUS, ruleArn } from "./names.ts";
import type { EventsParts } from "./parts.ts";
import type { EventRouter } from "./router.ts";
import { type Rule, type RuleSchedule, rules } from "./table/rules.ts";
import { UnderWay } from "./under-way.ts";

const SCHEDULE = "events.schedule";
const RETRY_MS = 1000;

/** The data of a scheduled rule's work item. */
interface ScheduledRule {
  readonly account: string;
  readonly region: string;
  readonly rule: string;
  /** Of the schedule that it is for: a rule that has another one since makes it void. */
  readonly schedule: string;
}

/** rate(…) and cron(…), as rules have them: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html */
export function isScheduleExpression(text: string): boolean {
  try {
    parseScheduleExpression(text);
    return true;
  } catch {
    return false;
  }
}

/** After `afterMs`; a rate counts from when the rule was put. Undefined for one that does not come again. */
function nextOf({ expression, sinceMs }: RuleSchedule, afterMs: number): number | undefined {
  return nextTimeMs(parseScheduleExpression(expression), afterMs, "UTC", sinceMs);
}

/** What a change of a rule means for its work item: a schedule has one of its own, which ends itself when it is void. */
export function scheduleChanges(
  { clock }: CallContext,
  before: Rule | undefined,
  after: Rule | undefined,
): readonly Change[] {
  const nowMs = clock.now();
  const changes: Change[] = [];
  if (before?.schedule) changes.push(work.markDirty(keyOf(before.bus, before.schedule), nowMs));
  const nextMs = after?.schedule && after.state !== "DISABLED" ? nextOf(after.schedule, nowMs) : undefined;
  if (!after?.schedule || nextMs === undefined) return changes;
  const { account, region } = after.bus;
  const data: ScheduledRule = { account, region, rule: after.name, schedule: after.schedule.id };
  const key = keyOf(after.bus, after.schedule);
  changes.push(
    work.insert({ key, kind: SCHEDULE, dueAtMs: nextMs, availableAtMs: nextMs, data: JSON.stringify(data) }),
  );
  return changes;
}

/** Call it after the commit of such changes. */
export function wakeForSchedule(
  { dispatcher }: EventsParts,
  { clock }: CallContext,
  ...changed: readonly (Rule | undefined)[]
): void {
  if (changed.some((rule) => rule?.schedule)) dispatcher.wake(clock.now());
}

function keyOf({ account, region }: BusName, { id }: RuleSchedule): string {
  return `${account}/${region}/${SCHEDULE}/${id}`;
}

interface ScheduledRulesOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly dispatcher: Dispatcher;
  readonly owner: string;
  readonly router: EventRouter;
}

/**
 * Fires scheduled rules. What a firing delivers and the item's next time are one commit, so each time fires once,
 * whichever node has the item. Of the times that were missed while nobody ran, the first fires, late.
 */
export class ScheduledRules {
  readonly #options: ScheduledRulesOptions;
  readonly #underWay = new UnderWay();

  constructor(options: ScheduledRulesOptions) {
    this.#options = options;
    options.dispatcher.handle(SCHEDULE, (item) => this.#underWay.run(this.#handle(item)));
  }

  /** Resolves when no rule is being fired any more. */
  close(): Promise<void> {
    return this.#underWay.close();
  }

  /** Tells what the items wait for. */
  readonly describeDue: DescribeByKind = {
    [SCHEDULE]: async (item) => ((await this.#ruleOf(item)) ? { kind: "SCHEDULE" } : undefined),
  };

  async #handle(item: WorkItem): Promise<void> {
    try {
      await this.#fire(item);
    } catch (error) {
      // Lost to another node, or the rule was changed just now: whoever has the item looks again.
      if (!(error instanceof Conflict)) throw error;
      await this.#options.dispatcher.giveBack(item, RETRY_MS);
    }
  }

  async #fire(item: WorkItem): Promise<void> {
    const { store, clock, ids, owner, router, dispatcher } = this.#options;
    const rule = await this.#ruleOf(item);
    if (!rule) {
      await store.commit([work.finish(item, owner)], { key: item.key });
      return;
    }
    const { account, region } = rule.bus;
    const delivery = await router.toTargets(prepareRule(rule), rule.bus, {
      id: ids.uuid(),
      detailType: "Scheduled Event",
      source: "aws.events",
      account,
      timeMs: item.availableAtMs,
      region,
      resources: [ruleArn(rule.bus, rule.name)],
      detail: "{}",
    });
    const nowMs = clock.now();
    const nextMs = nextOf(rule.schedule, Math.max(nowMs, item.availableAtMs));
    const onward = nextMs === undefined ? work.finish(item, owner) : work.release(item, owner, nextMs, nowMs);
    const [released] = await store.commit([onward, ...delivery.changes], { key: item.key });
    delivery.committed();
    if (nextMs !== undefined) dispatcher.wake(Number(released![0]!.available_at));
  }

  /** The rule whose schedule an item still is for. */
  async #ruleOf(item: WorkItem): Promise<(Rule & { readonly schedule: RuleSchedule }) | undefined> {
    const { account, region, rule: name, schedule: id } = JSON.parse(item.data) as ScheduledRule;
    const rule = await rules.find(this.#options.store, { account, region, name: DEFAULT_BUS }, name);
    if (!rule?.schedule || rule.schedule.id !== id || rule.state === "DISABLED") return undefined;
    return { ...rule, schedule: rule.schedule };
  }
}
