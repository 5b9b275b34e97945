import type { CallContext } from "../kernel/context.ts";
import type { Change } from "../store/store.ts";
import { keptFromMs } from "./archive-housekeeping.ts";
import { requireBusArn } from "./buses.ts";
import { alreadyExists, archiveNotFound } from "./errors.ts";
import { archiveArn, type BusName, busArn, parseBusArn } from "./names.ts";
import { listPage, type PageRequest } from "./page.ts";
import { commitRules, type EventsParts, untilNoConflict } from "./parts.ts";
import { randomNumber } from "./random-number.ts";
import { checkedPattern } from "./rules.ts";
import { archivedEvents } from "./table/archived-events.ts";
import { type Archive, archives } from "./table/archives.ts";
import { buses } from "./table/buses.ts";

interface ArchiveSettings {
  readonly ArchiveName: string;
  readonly Description?: string;
  readonly EventPattern?: string;
  readonly RetentionDays?: number;
  readonly KmsKeyIdentifier?: string;
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateArchive.html; the key is only shown. */
export async function createArchive(
  parts: EventsParts,
  context: CallContext,
  input: ArchiveSettings & { readonly EventSourceArn: string },
) {
  const { ArchiveName: name, EventPattern, Description, KmsKeyIdentifier, RetentionDays = 0 } = input;
  const bus = await requireBusArn(parts, context, input.EventSourceArn);
  if (EventPattern !== undefined) checkedPattern(EventPattern);
  const archive: Archive = {
    id: randomNumber(parts.ids),
    account: context.account,
    region: context.region,
    name,
    bus: bus.name,
    ...(EventPattern === undefined ? {} : { pattern: EventPattern }),
    ...(Description === undefined ? {} : { description: Description }),
    ...(KmsKeyIdentifier === undefined ? {} : { kmsKey: KmsKeyIdentifier }),
    retentionDays: RetentionDays,
    createdAtMs: context.clock.now(),
    version: 1,
  };
  await untilNoConflict(async () => {
    if (await archives.find(parts.store, context, name)) throw alreadyExists(`Archive ${name}`);
    await commitRules(parts, bus, [archives.insert(archive), ...cleaning(parts, archive)]);
  });
  parts.housekeeping.wake();
  return toState(archive);
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UpdateArchive.html: what is left out stays. */
export async function updateArchive(parts: EventsParts, context: CallContext, input: ArchiveSettings) {
  const { EventPattern, Description, KmsKeyIdentifier, RetentionDays } = input;
  if (EventPattern !== undefined) checkedPattern(EventPattern);
  const updated = await untilNoConflict(async () => {
    const archive = await requireArchive(parts, context, input.ArchiveName);
    const after: Archive = {
      ...archive,
      ...(EventPattern === undefined ? {} : { pattern: EventPattern }),
      ...(Description === undefined ? {} : { description: Description }),
      ...(KmsKeyIdentifier === undefined ? {} : { kmsKey: KmsKeyIdentifier }),
      ...(RetentionDays === undefined ? {} : { retentionDays: RetentionDays }),
    };
    await commitOf(parts, archive, [archives.update(after), ...cleaning(parts, after)]);
    return after;
  });
  parts.housekeeping.wake();
  return toState(updated);
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteArchive.html; its events go in the background. */
export async function deleteArchive(
  parts: EventsParts,
  context: CallContext,
  { ArchiveName }: { readonly ArchiveName: string },
): Promise<void> {
  await untilNoConflict(async () => {
    const archive = await requireArchive(parts, context, ArchiveName);
    const removal = parts.housekeeping.remove(archive, archive.id);
    await commitOf(parts, archive, [archives.delete(archive), ...removal]);
  });
  parts.housekeeping.wake();
}

/** The archive of that name. Throws ResourceNotFoundException. */
async function requireArchive(parts: EventsParts, context: CallContext, name: string): Promise<Archive> {
  const archive = await archives.find(parts.store, context, name);
  if (!archive) throw archiveNotFound(name);
  return archive;
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeArchive.html */
export async function describeArchive(
  parts: EventsParts,
  context: CallContext,
  { ArchiveName }: { readonly ArchiveName: string },
) {
  const archive = await requireArchive(parts, context, ArchiveName);
  return {
    ArchiveArn: archiveArn(archive, archive.name),
    ...(await toListed(parts, context, archive)),
    ...(archive.description === undefined ? {} : { Description: archive.description }),
    ...(archive.pattern === undefined ? {} : { EventPattern: archive.pattern }),
    ...(archive.kmsKey === undefined ? {} : { KmsKeyIdentifier: archive.kmsKey }),
  };
}

interface ListArchivesInput extends PageRequest {
  readonly NamePrefix?: string;
  readonly EventSourceArn?: string;
  readonly State?: string;
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListArchives.html */
export async function listArchives(parts: EventsParts, context: CallContext, input: ListArchivesInput) {
  const { NamePrefix: prefix = "", EventSourceArn, State } = input;
  if (EventSourceArn !== undefined) await requireBusArn(parts, context, EventSourceArn);
  const bus = EventSourceArn === undefined ? undefined : parseBusArn(EventSourceArn)!.name;
  const { account, region } = context;
  const { items, next } = await listPage(
    input,
    (afterName, most) => archives.list(parts.store, { account, region, afterName, prefix, most }),
    (archive) => (bus === undefined || archive.bus === bus) && (State === undefined || State === ENABLED),
  );
  return {
    Archives: await Promise.all(items.map((archive) => toListed(parts, context, archive))),
    ...next,
  };
}

/** An archive can be used from the moment in which it is made. */
const ENABLED = "ENABLED";

async function toListed({ store }: EventsParts, { clock }: CallContext, archive: Archive) {
  const { events, bytes } = await archivedEvents.count(store, archive.id, keptFromMs(archive, clock.now()));
  return {
    ArchiveName: archive.name,
    EventSourceArn: busArn(busOf(archive)),
    State: ENABLED,
    RetentionDays: archive.retentionDays,
    SizeBytes: bytes,
    EventCount: events,
    CreationTime: archive.createdAtMs,
  };
}

function toState(archive: Archive) {
  return {
    ArchiveArn: archiveArn(archive, archive.name),
    State: ENABLED,
    CreationTime: archive.createdAtMs,
  };
}

export function busOf({ account, region, bus }: Archive): BusName {
  return { account, region, name: bus };
}

function cleaning({ housekeeping }: EventsParts, archive: Archive) {
  return archive.retentionDays > 0 ? [housekeeping.look(archive, archive.id)] : [];
}

/** The bus of an archive may be gone: then nobody has compiled anything of it either. */
async function commitOf(parts: EventsParts, archive: Archive, changes: readonly Change[]): Promise<void> {
  const bus = busOf(archive);
  const isThere = (await buses.rulesVersion(parts.store, bus)) !== undefined;
  if (isThere) await commitRules(parts, bus, changes);
  else await parts.store.commit(changes, { key: busArn(bus) });
}
