import type { CallContext } from "../kernel/context.ts";
import { untilNoConflict } from "../kernel/until-no-conflict.ts";
import { groupExists, groupNotFound, invalid } from "./errors.ts";
import { DEFAULT_GROUP, groupArn } from "./names.ts";
import { decodeToken, encodeToken, PAGE } from "./paging.ts";
import { requireGroup, type SchedulerParts } from "./parts.ts";
import { groups, type ScheduleGroup, type Tag } from "./table/groups.ts";
import { schedules } from "./table/schedules.ts";
import { refuseTooMany } from "./tags.ts";

interface GroupReference {
  readonly Name: string;
}

export interface CreateGroupInput extends GroupReference {
  readonly ClientToken?: string;
  readonly Tags?: readonly Tag[];
}

/** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateScheduleGroup.html */
export async function createScheduleGroup(
  { store, clock }: SchedulerParts,
  context: CallContext,
  { Name, ClientToken, Tags = [] }: CreateGroupInput,
) {
  refuseTooMany(Tags);
  if (Name === DEFAULT_GROUP) throw groupExists(Name);
  const group = {
    name: Name,
    tags: Tags,
    ...(ClientToken === undefined ? {} : { clientToken: ClientToken }),
  };
  return untilNoConflict(async () => {
    const known = await groups.find(store, context, Name);
    if (known && (ClientToken === undefined || known.clientToken !== ClientToken)) throw groupExists(Name);
    if (!known) await store.commit([groups.insert(context, group, clock.now())], { key: "scheduler" });
    return { ScheduleGroupArn: groupArn(context, Name) };
  });
}

/**
 * https://docs.aws.amazon.com/scheduler/latest/APIReference/API_DeleteScheduleGroup.html; its schedules go with it at
 * once.
 */
export async function deleteScheduleGroup(
  { store }: SchedulerParts,
  context: CallContext,
  { Name }: GroupReference,
): Promise<void> {
  if (Name === DEFAULT_GROUP) throw invalid("Cannot delete the default schedule group.");
  await untilNoConflict(async () => {
    if (!(await groups.find(store, context, Name))) throw groupNotFound(Name);
    const changes = [...schedules.deleteOfGroup(context, Name), groups.delete(context, Name)];
    return store.commit(changes, { key: "scheduler" });
  });
}

/** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetScheduleGroup.html */
export async function getScheduleGroup(
  parts: SchedulerParts,
  context: CallContext,
  { Name }: GroupReference,
) {
  return toDescription(context, await requireGroup(parts, context, Name));
}

export interface ListGroupsInput {
  readonly NamePrefix?: string;
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

/** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListScheduleGroups.html */
export async function listScheduleGroups(
  parts: SchedulerParts,
  context: CallContext,
  input: ListGroupsInput,
) {
  const { NamePrefix = "", MaxResults = PAGE, NextToken } = input;
  const [afterName] = NextToken === undefined ? [""] : (decodeToken(NextToken, 1) as [string]);
  const { account, region } = context;
  const listing = { account, region, afterName, prefix: NamePrefix, most: MaxResults + 1 };
  const stored = await groups.list(parts.store, listing);
  const found = await withDefault(
    parts,
    context,
    stored,
    (name) => name > afterName && name.startsWith(NamePrefix),
  );
  const shown = found.slice(0, MaxResults);
  return {
    ScheduleGroups: shown.map((group) => toDescription(context, group)),
    ...(found.length > MaxResults ? { NextToken: encodeToken([shown.at(-1)!.name]) } : {}),
  };
}

/** The default group is listed although it may have no row. */
async function withDefault(
  parts: SchedulerParts,
  context: CallContext,
  stored: readonly ScheduleGroup[],
  isWanted: (name: string) => boolean,
): Promise<readonly ScheduleGroup[]> {
  if (!isWanted(DEFAULT_GROUP) || stored.some(({ name }) => name === DEFAULT_GROUP)) return stored;
  const group = await requireGroup(parts, context, DEFAULT_GROUP);
  return [...stored, group].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function toDescription(context: CallContext, { name, createdAtMs, modifiedAtMs }: ScheduleGroup) {
  return {
    Arn: groupArn(context, name),
    Name: name,
    State: "ACTIVE",
    ...(createdAtMs === undefined ? {} : { CreationDate: createdAtMs }),
    ...(modifiedAtMs === undefined ? {} : { LastModificationDate: modifiedAtMs }),
  };
}
