import type { CallContext } from "../kernel/context.ts";
import { notSupported } from "../kernel/errors.ts";
import { Conflict } from "../store/errors.ts";
import { alreadyExists, busNotFound, validationError } from "./errors.ts";
import { busArn, DEFAULT_BUS, namedBus } from "./names.ts";
import { listPage, type PageRequest } from "./page.ts";
import { type EventsParts, requireBus, untilNoConflict } from "./parts.ts";
import { randomNumber } from "./random-number.ts";
import { buses, type EventBus } from "./table/buses.ts";
import { rules } from "./table/rules.ts";
import { type TagInput, toTags } from "./tags.ts";

interface BusSettings {
  readonly Description?: string;
  readonly KmsKeyIdentifier?: string;
  readonly DeadLetterConfig?: EventBus["deadLetter"];
  readonly LogConfig?: EventBus["logConfig"];
}

interface CreateBusInput extends BusSettings {
  readonly Name: string;
  readonly EventSourceName?: string;
  readonly Tags?: readonly TagInput[];
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html; key, queue and logs are only shown. */
export async function createEventBus(parts: EventsParts, context: CallContext, input: CreateBusInput) {
  const { Name: name } = input;
  if (input.EventSourceName !== undefined || name.startsWith("aws.partner/")) {
    throw notSupported("event buses of partners (EventSourceName)", "Create a bus without it.");
  }
  if (name.includes("/")) throw validationError("Event bus name must not contain '/'.");
  if (name === DEFAULT_BUS) throw alreadyExists(`Event bus ${name}`);
  const nowMs = context.clock.now();
  const bus: EventBus = {
    ...namedBus(context, name),
    ...toSettings(input),
    tags: toTags(input.Tags),
    createdAtMs: nowMs,
    modifiedAtMs: nowMs,
    version: 1,
  };
  await parts.store
    .commit([buses.insert(bus, randomNumber(parts.ids))], { key: busArn(bus) })
    .catch((error) => {
      throw error instanceof Conflict ? alreadyExists(`Event bus ${name}`) : error;
    });
  return { EventBusArn: busArn(bus), ...fromSettings(bus) };
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UpdateEventBus.html */
export async function updateEventBus(
  parts: EventsParts,
  context: CallContext,
  input: BusSettings & { readonly Name?: string },
) {
  return changeBus(parts, context, input.Name, (bus) => {
    const updated = { ...bus, ...toSettings(input) };
    return { bus: updated, result: { Arn: busArn(bus), Name: bus.name, ...fromSettings(updated) } };
  });
}

/** Changes a bus by what `change` makes of it; gives what it says. */
export async function changeBus<T>(
  parts: EventsParts,
  context: CallContext,
  name: string | undefined,
  change: (bus: EventBus) => { readonly bus: EventBus; readonly result: T },
): Promise<T> {
  return untilNoConflict(async () => {
    const { bus, result } = change(await requireBus(parts, context, name));
    const update = buses.update({ ...bus, modifiedAtMs: context.clock.now() });
    await parts.store.commit([update], { key: busArn(bus) });
    return result;
  });
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeEventBus.html */
export async function describeEventBus(
  parts: EventsParts,
  context: CallContext,
  { Name }: { readonly Name?: string },
) {
  const bus = await requireBus(parts, context, Name);
  return { ...toListed(bus), ...fromSettings(bus) };
}

function toListed(bus: EventBus) {
  return {
    Name: bus.name,
    Arn: busArn(bus),
    ...(bus.description === undefined ? {} : { Description: bus.description }),
    ...(bus.policy === undefined ? {} : { Policy: bus.policy }),
    CreationTime: bus.createdAtMs,
    LastModifiedTime: bus.modifiedAtMs,
  };
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteEventBus.html: one that is not there is no error. */
export async function deleteEventBus(
  parts: EventsParts,
  context: CallContext,
  { Name }: { readonly Name: string },
): Promise<void> {
  const bus = namedBus(context, Name);
  if (bus.name === DEFAULT_BUS) throw validationError(`Cannot delete event bus ${DEFAULT_BUS}.`);
  await untilNoConflict(async () => {
    const version = await buses.rulesVersion(parts.store, bus);
    if (version === undefined) return;
    const [rule] = await rules.list(parts.store, { bus, afterName: "", prefix: "", most: 1 });
    if (rule) throw validationError("Event bus can't be deleted since it has rules.");
    await parts.store.commit([buses.delete(bus, version)], { key: busArn(bus) });
  });
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListEventBuses.html */
export async function listEventBuses(
  parts: EventsParts,
  context: CallContext,
  input: PageRequest & { readonly NamePrefix?: string },
) {
  await requireBus(parts, context);
  const { account, region } = context;
  const { NamePrefix: prefix = "" } = input;
  const { items, next } = await listPage(input, (afterName, most) =>
    buses.list(parts.store, { account, region, afterName, prefix, most }),
  );
  return { EventBuses: items.map(toListed), ...next };
}

/** Throws ResourceNotFoundException unless a bus of that ARN is there. */
export async function requireBusArn(
  parts: EventsParts,
  context: CallContext,
  arn: string,
): Promise<EventBus> {
  const bus = namedBus(context, arn);
  if (busArn(bus) !== arn) throw busNotFound(bus.name);
  return requireBus(parts, context, arn);
}

function toSettings({ Description, KmsKeyIdentifier, DeadLetterConfig, LogConfig }: BusSettings) {
  return {
    ...(Description === undefined ? {} : { description: Description }),
    ...(KmsKeyIdentifier === undefined ? {} : { kmsKey: KmsKeyIdentifier }),
    ...(DeadLetterConfig === undefined ? {} : { deadLetter: DeadLetterConfig }),
    ...(LogConfig === undefined ? {} : { logConfig: LogConfig }),
  };
}

function fromSettings({ description, kmsKey, deadLetter, logConfig }: EventBus): BusSettings {
  return {
    ...(description === undefined ? {} : { Description: description }),
    ...(kmsKey === undefined ? {} : { KmsKeyIdentifier: kmsKey }),
    ...(deadLetter === undefined ? {} : { DeadLetterConfig: deadLetter }),
    ...(logConfig === undefined ? {} : { LogConfig: logConfig }),
  };
}
