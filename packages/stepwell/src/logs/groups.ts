import type { CallContext } from "../kernel/context.ts";
import { notSupported } from "../kernel/errors.ts";
import { Conflict } from "../store/errors.ts";
import { groupExists, invalidParameter } from "./errors.ts";
import { groupArn, identifiedGroup, type Place } from "./names.ts";
import { randomNumber } from "./numbers.ts";
import { type LogsParts, requireGroup, untilNoConflict } from "./parts.ts";
import { groups, type LogGroup } from "./table/groups.ts";
import { streams } from "./table/streams.ts";
import { decodeListToken, encodeListToken } from "./tokens.ts";

export interface CreateGroupInput {
  readonly logGroupName: string;
  readonly kmsKeyId?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly logGroupClass?: string;
  readonly deletionProtectionEnabled?: boolean;
}

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html; the key is only shown. */
export async function createLogGroup(parts: LogsParts, context: CallContext, input: CreateGroupInput) {
  if (input.deletionProtectionEnabled) {
    throw notSupported(
      "log groups that are protected from deletion (deletionProtectionEnabled)",
      "Leave it out.",
    );
  }
  await parts.writer.settled();
  const group: LogGroup = {
    id: randomNumber(parts.ids),
    name: input.logGroupName,
    createdAtMs: context.clock.now(),
    class: input.logGroupClass ?? "STANDARD",
    ...(input.kmsKeyId === undefined ? {} : { kmsKey: input.kmsKeyId }),
    tags: input.tags ?? {},
  };
  await parts.store.commit([groups.insert(context, group)], { key: "logs" }).catch((error) => {
    throw error instanceof Conflict ? groupExists() : error;
  });
}

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html */
export async function deleteLogGroup(
  parts: LogsParts,
  context: CallContext,
  { logGroupName }: { readonly logGroupName: string },
): Promise<void> {
  const { store, housekeeping } = parts;
  // A function may begin a stream in it at this very moment.
  await untilNoConflict(async () => {
    const { id } = await requireGroup(parts, context, logGroupName);
    const changes = [
      streams.deleteOfGroup(id),
      groups.delete(id),
      housekeeping.purge(context, { group: id }),
      housekeeping.retentionEnded(context, id),
    ];
    return store.commit(changes, { key: "logs" });
  });
  housekeeping.wake();
}

export interface DescribeGroupsInput {
  readonly accountIdentifiers?: readonly string[];
  readonly logGroupNamePrefix?: string;
  readonly logGroupNamePattern?: string;
  readonly logGroupIdentifiers?: readonly string[];
  readonly logGroupClass?: string;
  readonly nextToken?: string;
  readonly limit?: number;
}

const PAGE = 50;

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html */
export async function describeLogGroups(parts: LogsParts, context: CallContext, input: DescribeGroupsInput) {
  refuseMisfits(context, input);
  await parts.writer.settled();
  const most = input.limit ?? PAGE;
  const wanted = selection(context, input);
  const found: Awaited<ReturnType<typeof groups.list>> = [];
  let [afterName] =
    input.nextToken === undefined ? [""] : (decodeListToken(input.nextToken, "string") as [string]);
  for (;;) {
    const page = await groups.list(parts.store, {
      account: context.account,
      region: context.region,
      afterName,
      prefix: input.logGroupNamePrefix ?? "",
      most: PAGE,
    });
    found.push(...page.filter(wanted));
    if (found.length > most || page.length < PAGE) break;
    afterName = page.at(-1)!.name;
  }
  const shown = found.slice(0, most);
  return {
    logGroups: shown.map((group) => toDescription(context, group)),
    ...(found.length > most ? { nextToken: encodeListToken(shown.at(-1)!.name) } : {}),
  };
}

function refuseMisfits(context: CallContext, input: DescribeGroupsInput): void {
  if (input.logGroupNamePrefix !== undefined && input.logGroupNamePattern !== undefined) {
    throw invalidParameter(
      "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
    );
  }
  if (input.accountIdentifiers?.some((account) => account !== context.account)) {
    throw notSupported("log groups of other accounts (accountIdentifiers)", "Leave it out.");
  }
}

function selection(place: Place, input: DescribeGroupsInput): (group: LogGroup) => boolean {
  const { logGroupNamePattern: part, logGroupClass, logGroupIdentifiers } = input;
  const names = logGroupIdentifiers && new Set(logGroupIdentifiers.map((id) => identifiedGroup(place, id)));
  return (group) =>
    (part === undefined || group.name.includes(part)) &&
    (logGroupClass === undefined || group.class === logGroupClass) &&
    (names === undefined || names.has(group.name));
}

function toDescription(place: Place, group: LogGroup & { readonly storedBytes: number }) {
  const arn = groupArn(place, group.name);
  return {
    logGroupName: group.name,
    arn: `${arn}:*`,
    logGroupArn: arn,
    creationTime: group.createdAtMs,
    logGroupClass: group.class,
    metricFilterCount: 0,
    storedBytes: group.storedBytes,
    deletionProtectionEnabled: false,
    ...(group.retentionDays === undefined ? {} : { retentionInDays: group.retentionDays }),
    ...(group.kmsKey === undefined ? {} : { kmsKeyId: group.kmsKey }),
  };
}
