import type { CallContext } from "../kernel/context.ts";
import { untilNoConflict } from "../kernel/until-no-conflict.ts";
import { checkDefinition } from "./check.ts";
import { scheduleExists, scheduleNotFound } from "./errors.ts";
import { DEFAULT_GROUP, type ScheduleKey, scheduleArn } from "./names.ts";
import { decodeToken, encodeToken, PAGE } from "./paging.ts";
import { requireGroup, requireStoredGroup, type SchedulerParts } from "./parts.ts";
import type { RetryPolicy, Schedule, ScheduleDefinition, ScheduleTarget } from "./schedule.ts";
import { schedules } from "./table/schedules.ts";
import { firstAlarm, lastFiredMs, sameTiming } from "./timing.ts";

interface ScheduleReference {
  readonly Name: string;
  readonly GroupName?: string;
}

/** CreateSchedule and UpdateSchedule take the same. */
export interface ScheduleInput extends ScheduleReference {
  readonly ClientToken?: string;
  readonly ScheduleExpression: string;
  readonly ScheduleExpressionTimezone?: string;
  readonly FlexibleTimeWindow: ScheduleDefinition["FlexibleTimeWindow"];
  readonly Target: Omit<ScheduleTarget, "RetryPolicy"> & { readonly RetryPolicy?: Partial<RetryPolicy> };
  readonly State?: ScheduleDefinition["State"];
  readonly ActionAfterCompletion?: ScheduleDefinition["ActionAfterCompletion"];
  readonly StartDate?: number;
  readonly EndDate?: number;
  readonly Description?: string;
  readonly KmsKeyArn?: string;
}

/** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html */
export async function createSchedule(parts: SchedulerParts, context: CallContext, input: ScheduleInput) {
  const { store, clock, ids, alarms } = parts;
  const key = keyOf(context, input);
  const definition = definitionOf(input);
  const nowMs = clock.now();
  checkDefinition(definition, parts, { region: context.region, nowMs });
  const alarm = firstAlarm(definition, nowMs, ids.random());
  const schedule: Schedule = {
    ...{ ...key, definition, createdAtMs: nowMs, modifiedAtMs: nowMs, version: 1 },
    ...(input.ClientToken === undefined ? {} : { clientToken: input.ClientToken }),
    ...(alarm ? { alarm } : {}),
  };
  return untilNoConflict(async () => {
    await requireStoredGroup(parts, context, key.groupName);
    const known = await schedules.find(store, key);
    if (known && !isRepeated(known, schedule)) throw scheduleExists(key.name);
    if (!known) {
      await store.commit([schedules.insert(schedule), ...alarms.setNew(schedule)], { key: scheduleArn(key) });
      alarms.wake(schedule);
    }
    return { ScheduleArn: scheduleArn(key) };
  });
}

/** Whether a request is the one that has made a schedule, sent again by a client that got no answer. */
function isRepeated(known: Schedule, made: Schedule): boolean {
  if (made.clientToken === undefined || known.clientToken !== made.clientToken) return false;
  return JSON.stringify(known.definition) === JSON.stringify(made.definition);
}

/**
 * https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html: everything that is not given gets
 * its default. The next time stays what it was unless the update is about times; a one-time schedule does not go off
 * again at a time at which it has.
 */
export async function updateSchedule(parts: SchedulerParts, context: CallContext, input: ScheduleInput) {
  const { store, clock, ids, alarms } = parts;
  const key = keyOf(context, input);
  const definition = definitionOf(input);
  const nowMs = clock.now();
  checkDefinition(definition, parts, { region: context.region, nowMs });
  return untilNoConflict(async () => {
    const before = await requireSchedule(parts, context, key);
    const { alarm: known, ...schedule } = before;
    const firedAtMs = lastFiredMs(before);
    const alarm = sameTiming(definition, schedule.definition)
      ? known
      : firstAlarm(definition, nowMs, ids.random(), firedAtMs);
    const updated = {
      ...{ ...schedule, definition, modifiedAtMs: nowMs },
      ...(alarm ? { alarm } : {}),
      ...(firedAtMs === undefined ? {} : { firedAtMs }),
    };
    await store.commit([schedules.update(updated), ...(await alarms.set(updated))], {
      key: scheduleArn(key),
    });
    alarms.wake(updated);
    return { ScheduleArn: scheduleArn(key) };
  });
}

/** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_DeleteSchedule.html */
export async function deleteSchedule(parts: SchedulerParts, context: CallContext, input: ScheduleReference) {
  const key = keyOf(context, input);
  await untilNoConflict(async () => {
    const schedule = await requireSchedule(parts, context, key);
    const changes = [schedules.delete(schedule), ...(await parts.alarms.clear(key))];
    return parts.store.commit(changes, { key: scheduleArn(key) });
  });
}

/** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetSchedule.html */
export async function getSchedule(parts: SchedulerParts, context: CallContext, input: ScheduleReference) {
  const schedule = await requireSchedule(parts, context, keyOf(context, input));
  return { ...schedule.definition, ...identityOf(schedule) };
}

export interface ListSchedulesInput {
  readonly GroupName?: string;
  readonly NamePrefix?: string;
  readonly State?: string;
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

/** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListSchedules.html */
export async function listSchedules(parts: SchedulerParts, context: CallContext, input: ListSchedulesInput) {
  const { GroupName, NamePrefix = "", State, MaxResults = PAGE, NextToken } = input;
  const after = NextToken === undefined ? ["", ""] : decodeToken(NextToken, 2);
  if (GroupName !== undefined) await requireGroup(parts, context, GroupName);
  const found = await schedules.list(parts.store, {
    ...{ account: context.account, region: context.region, prefix: NamePrefix, most: MaxResults + 1 },
    after: [after[0]!, after[1]!],
    ...(GroupName === undefined ? {} : { groupName: GroupName }),
    ...(State === undefined ? {} : { state: State }),
  });
  const shown = found.slice(0, MaxResults);
  const last = shown.at(-1);
  return {
    Schedules: shown.map((schedule) => ({
      ...identityOf(schedule),
      State: schedule.definition.State,
      Target: { Arn: schedule.definition.Target.Arn },
    })),
    ...(last && found.length > MaxResults ? { NextToken: encodeToken([last.groupName, last.name]) } : {}),
  };
}

async function requireSchedule(
  parts: SchedulerParts,
  context: CallContext,
  key: ScheduleKey,
): Promise<Schedule> {
  const schedule = await schedules.find(parts.store, key);
  if (schedule) return schedule;
  await requireGroup(parts, context, key.groupName);
  throw scheduleNotFound(key.name);
}

function keyOf({ account, region }: CallContext, { Name, GroupName }: ScheduleReference): ScheduleKey {
  return { account, region, groupName: GroupName ?? DEFAULT_GROUP, name: Name };
}

function identityOf(schedule: Schedule) {
  return {
    Arn: scheduleArn(schedule),
    Name: schedule.name,
    GroupName: schedule.groupName,
    CreationDate: schedule.createdAtMs,
    LastModificationDate: schedule.modifiedAtMs,
  };
}

/** With AWS's defaults. */
function definitionOf(input: ScheduleInput): ScheduleDefinition {
  const { Name: _, GroupName: __, ClientToken: ___, Target, ...rest } = input;
  const RetryPolicy = { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185, ...Target.RetryPolicy };
  return {
    ScheduleExpressionTimezone: "UTC",
    State: "ENABLED",
    ActionAfterCompletion: "NONE",
    ...rest,
    Target: { ...Target, RetryPolicy },
  };
}
