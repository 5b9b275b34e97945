import type { DescribeByKind } from "../kernel/due.ts";
import type { ServiceOptions } from "../kernel/service.ts";
import type { Delivery } from "../kernel/targets.ts";
import { type WorkItem, work } from "../kernel/work.ts";
import { Conflict } from "../store/errors.ts";
import type { Change, Store } from "../store/store.ts";
import { DELIVERY_WORK, type Deliveries } from "./deliveries.ts";
import { alarmKey, type ScheduleKey, scheduleArn, scheduleOfAlarm } from "./names.ts";
import type { Occurrence } from "./occurrence.ts";
import type { Alarm, Schedule } from "./schedule.ts";
import { schedules } from "./table/schedules.ts";
import { expressionOf, nextAlarm } from "./timing.ts";

/** The kind of work items that are schedules' alarms. */
const ALARM_WORK = "schedule";
const MOST_TRIES = 10;

/**
 * Each schedule that goes off again has one work item, its alarm. One commit delivers what the schedule sends and sets
 * the alarm for the next time, guarded by the schedule's version and the item's: an occurrence happens once, whoever
 * is killed and however many nodes there are. What the alarm is set to stands in the schedule's own row; an item that
 * goes off too early is set again.
 */
export class Alarms {
  readonly #options: ServiceOptions;
  readonly #deliveries: Deliveries;

  constructor(options: ServiceOptions, deliveries: Deliveries) {
    this.#options = options;
    this.#deliveries = deliveries;
    options.dispatcher.handle(ALARM_WORK, (item) => this.#ring(item));
  }

  /** Changes that make a schedule's alarm go off when its row says, whether or not there was one. */
  async set(schedule: Schedule): Promise<Change[]> {
    const { alarm } = schedule;
    if (!alarm) return this.clear(schedule);
    const key = alarmKey(schedule);
    const item = await work.read(this.#options.store, key);
    if (item && item.owner === null) return [work.move(item, this.#options.owner, alarm.fireAtMs)];
    return [work.insertEarlier(key, ALARM_WORK, alarm.fireAtMs)];
  }

  /** Like set, for a schedule that is new. */
  setNew(schedule: Schedule): Change[] {
    const { alarm } = schedule;
    return alarm ? [work.insertEarlier(alarmKey(schedule), ALARM_WORK, alarm.fireAtMs)] : [];
  }

  /** Changes that remove a schedule's alarm. One that rings just now finds out by itself. */
  async clear(key: ScheduleKey): Promise<Change[]> {
    const item = await work.read(this.#options.store, alarmKey(key));
    return item && item.owner === null ? [work.finish(item, null)] : [];
  }

  /** Call it after the commit that has set the alarm. */
  wake({ alarm }: Schedule): void {
    if (alarm) this.#options.dispatcher.wake(alarm.fireAtMs);
  }

  async #ring(item: WorkItem): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#decide(item);
      } catch (error) {
        // The schedule was changed meanwhile, or what it delivers to.
        if (!(error instanceof Conflict) || tries === MOST_TRIES) throw error;
      }
    }
  }

  async #decide(item: WorkItem): Promise<void> {
    const { store, clock } = this.#options;
    const schedule = await schedules.find(store, scheduleOfAlarm(item.key));
    const alarm = schedule?.alarm;
    if (!schedule || !alarm) return this.#commit(item, [], undefined);
    if (alarm.fireAtMs > clock.now()) return this.#commit(item, [], alarm);
    await this.#fire(item, schedule, alarm);
  }

  async #fire(item: WorkItem, schedule: Schedule, alarm: Alarm): Promise<void> {
    const { clock, ids } = this.#options;
    const { definition, account, region, groupName, name } = schedule;
    const nowMs = clock.now();
    const occurrence: Occurrence = {
      ...{ schedule: { account, region, groupName, name }, target: definition.Target },
      ...{ scheduledAtMs: alarm.scheduledAtMs, firstTriedAtMs: nowMs, failures: 0 },
    };
    const delivery = await this.#deliveries.begin(occurrence);
    const next = nextAlarm(definition, alarm, nowMs, ids.random());
    const { alarm: _, ...rung } = schedule;
    const over = !next && definition.ActionAfterCompletion === "DELETE";
    const change = over
      ? schedules.delete(schedule)
      : schedules.update({ ...rung, ...(next ? { alarm: next } : {}) });
    await this.#commit(item, [...delivery.changes, change], next, delivery);
  }

  /** Sets the item to the next alarm, or removes it. */
  async #commit(
    item: WorkItem,
    changes: readonly Change[],
    next: Alarm | undefined,
    delivery?: Delivery,
  ): Promise<void> {
    const { store, owner, clock, dispatcher } = this.#options;
    const last = next
      ? work.release(item, owner, next.fireAtMs, clock.now())
      : work.finishUnlessDirty(item, owner);
    const results = await store.commit([...changes, last], { key: item.key });
    delivery?.committed();
    if (next) dispatcher.wake(Number(results.at(-1)![0]!.available_at));
  }
}

/** Tells which schedule an alarm or a delivery is of. */
export function describeSchedules(store: Store): DescribeByKind {
  return {
    [ALARM_WORK]: async ({ key }) => {
      const schedule = await schedules.find(store, scheduleOfAlarm(key));
      if (!schedule?.alarm) return undefined;
      const once = expressionOf(schedule.definition).kind === "at";
      return { kind: once ? "ONE_TIME_SCHEDULE" : "SCHEDULE", resourceArn: scheduleArn(schedule) };
    },
    [DELIVERY_WORK]: async ({ data }) => {
      const { schedule } = JSON.parse(data) as Occurrence;
      return { kind: "SCHEDULE_RETRY", resourceArn: scheduleArn(schedule) };
    },
  };
}
