import type { CallContext } from "../kernel/context.ts";
import { notSupported } from "../kernel/errors.ts";
import type { BusEvent } from "./bus-event.ts";
import { validationError } from "./errors.ts";
import { busArn, namedBus } from "./names.ts";
import { type EventsParts, untilNoConflict } from "./parts.ts";

/** One event of a request; the time is in epoch milliseconds. */
export interface EventEntry {
  readonly Time?: number;
  readonly Source?: string;
  readonly Resources?: readonly string[];
  readonly DetailType?: string;
  readonly Detail?: string;
  readonly EventBusName?: string;
  readonly TraceHeader?: string;
}

export interface PutEventsInput {
  readonly Entries: readonly EventEntry[];
  readonly EndpointId?: string;
}

type EntryResult = { readonly EventId: string } | EntryError;
interface EntryError {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

/** Of a request, all entries together. */
const MOST_BYTES = 1024 * 1024;
const TIME_BYTES = 14;
/** AWS's reader of JSON takes nothing that is nested deeper. */
const DEEPEST = 1000;

/**
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html. All events that can be taken are one
 * commit with all that their deliveries change.
 */
export async function putEvents(parts: EventsParts, context: CallContext, input: PutEventsInput) {
  if (input.EndpointId !== undefined) {
    throw notSupported("global endpoints (EndpointId)", "Leave it out: events go to a bus of this region.");
  }
  const { Entries } = input;
  if (Entries.reduce((sum, entry) => sum + entryBytes(entry), 0) > MOST_BYTES) {
    throw validationError("Total size of the entries in the request is over the limit.");
  }
  const taken: { readonly entry: EventEntry; readonly event: BusEvent }[] = [];
  const results = Entries.map((entry): EntryResult => {
    const error = entryError(entry);
    if (error) return error;
    const event = toEvent(parts, context, entry);
    taken.push({ entry, event });
    return { EventId: event.id };
  });
  await untilNoConflict(async () => {
    const deliveries = [];
    for (const { entry, event } of taken) {
      deliveries.push(await parts.router.route(namedBus(context, entry.EventBusName), event));
    }
    const changes = deliveries.flatMap((delivery) => delivery.changes);
    if (changes.length > 0) await parts.store.commit(changes, { key: keyOf(context, Entries) });
    for (const { committed } of deliveries) committed();
  });
  return { FailedEntryCount: Entries.length - taken.length, Entries: results };
}

/** Events of one bus are stored in the order in which they were put. */
function keyOf(context: CallContext, [first]: readonly EventEntry[]): string {
  return busArn(namedBus(context, first?.EventBusName));
}

function toEvent({ ids }: EventsParts, context: CallContext, entry: EventEntry): BusEvent {
  return {
    id: ids.uuid(),
    detailType: entry.DetailType!,
    source: entry.Source!,
    account: context.account,
    timeMs: entry.Time ?? context.clock.now(),
    region: context.region,
    resources: entry.Resources ?? [],
    detail: entry.Detail!,
  };
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size */
function entryBytes({ Time, Source, DetailType, Detail, Resources = [] }: EventEntry): number {
  const texts = [Source, DetailType, Detail, ...Resources];
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ""), 0);
  return bytes + (Time === undefined ? 0 : TIME_BYTES);
}

function entryError({ Source, DetailType, Detail }: EventEntry): EntryError | undefined {
  if (!Source) return missing("Source");
  if (!DetailType) return missing("DetailType");
  if (!Detail) return missing("Detail");
  if (Source.startsWith("aws.")) {
    return { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source." };
  }
  if (!isObject(Detail)) return { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
  return undefined;
}

function missing(member: string): EntryError {
  return {
    ErrorCode: "InvalidArgument",
    ErrorMessage: `Parameter ${member} is not valid. Reason: ${member} is a required argument.`,
  };
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) && depthOf(text) <= DEEPEST;
  } catch {
    return false;
  }
}

/** How deep valid JSON is nested. */
function depthOf(json: string): number {
  let [depth, deepest, quoted] = [0, 0, false];
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (quoted && character === "\\") i++;
    else if (character === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (character === "{" || character === "[") deepest = Math.max(deepest, ++depth);
    else if (character === "}" || character === "]") depth--;
  }
  return deepest;
}
