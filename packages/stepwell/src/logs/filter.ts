import type { CallContext } from "../kernel/context.ts";
import { invalidParameter } from "./errors.ts";
import { type GroupReference, referencedGroup } from "./names.ts";
import { readPage } from "./page.ts";
import { type LogsParts, requireGroup, requireStream } from "./parts.ts";
import { compileFilterPattern } from "./pattern/pattern.ts";
import type { EventRange } from "./table/events.ts";
import { decodeEventToken, encodeEventToken, eventId } from "./tokens.ts";

export interface FilterEventsInput extends GroupReference {
  readonly logStreamNames?: readonly string[];
  readonly logStreamNamePrefix?: string;
  /** Both included. */
  readonly startTime?: number;
  readonly endTime?: number;
  readonly filterPattern?: string;
  readonly nextToken?: string;
  readonly limit?: number;
  readonly startFromHead?: boolean;
}

/**
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html. Events of all streams
 * are always interleaved. A page may be empty and yet not be the last.
 */
export async function filterLogEvents(parts: LogsParts, context: CallContext, input: FilterEventsInput) {
  const matches = compileFilterPattern(input.filterPattern ?? "");
  const token = input.nextToken === undefined ? undefined : decodeEventToken(input.nextToken);
  const groupName = referencedGroup(context, input);
  const group = await requireGroup(parts, context, groupName);
  const chosen = await chosenStreams(parts, context, groupName, input);
  const page = await readPage(parts.store, context.clock, group, {
    of: chosen.of ?? { group: group.id },
    startAtMs: input.startTime,
    endAtMs: input.endTime === undefined ? undefined : input.endTime + 1,
    direction: input.startFromHead === false ? "backward" : "forward",
    token,
    most: input.limit,
    wants: (event) => chosen.has(event.stream) && matches(event.message),
  });
  return {
    events: page.events.map((event) => ({
      logStreamName: event.stream,
      timestamp: event.atMs,
      message: event.message,
      ingestionTime: event.ingestedAtMs,
      eventId: eventId(event),
    })),
    searchedLogStreams: [],
    ...(page.next ? { nextToken: encodeEventToken(page.direction, page.next) } : {}),
  };
}

/** Which streams are asked for; a single one is read by itself. Throws ResourceNotFoundException for a missing one. */
async function chosenStreams(
  parts: LogsParts,
  context: CallContext,
  groupName: string,
  { logStreamNames: names, logStreamNamePrefix: prefix }: FilterEventsInput,
): Promise<{ readonly of?: EventRange["of"]; has(stream: string): boolean }> {
  if (names !== undefined && prefix !== undefined) {
    throw invalidParameter("logStreamNames and logStreamNamePrefix are mutually exclusive parameters.");
  }
  if (prefix !== undefined) return { has: (stream) => stream.startsWith(prefix) };
  if (names === undefined) return { has: () => true };
  const found = await Promise.all(names.map((name) => requireStream(parts, context, groupName, name)));
  const wanted = new Set(names);
  const has = (stream: string) => wanted.has(stream);
  return wanted.size === 1 ? { of: { stream: found[0]!.ids.streamId }, has } : { has };
}
