import type { CallContext } from "../kernel/context.ts";
import { type GroupReference, referencedGroup } from "./names.ts";
import { readPage } from "./page.ts";
import { type LogsParts, requireStream } from "./parts.ts";
import { decodeEventToken, type EventToken, encodeEventToken } from "./tokens.ts";

export interface GetEventsInput extends GroupReference {
  readonly logStreamName: string;
  /** Included. */
  readonly startTime?: number;
  /** Not included. */
  readonly endTime?: number;
  readonly nextToken?: string;
  readonly limit?: number;
  readonly startFromHead?: boolean;
}

/**
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html. A page always comes with
 * both tokens; one that leads nowhere is the one that was passed in.
 */
export async function getLogEvents(parts: LogsParts, context: CallContext, input: GetEventsInput) {
  const groupName = referencedGroup(context, input);
  const token = input.nextToken === undefined ? undefined : decodeEventToken(input.nextToken);
  const { group, ids } = await requireStream(parts, context, groupName, input.logStreamName);
  const page = await readPage(parts.store, context.clock, group, {
    of: { stream: ids.streamId },
    startAtMs: input.startTime,
    endAtMs: input.endTime,
    direction: input.startFromHead ? "forward" : "backward",
    token,
    most: input.limit,
    wants: () => true,
  });
  const events = page.direction === "forward" ? page.events : page.events.toReversed();
  const [first, last] = [events[0], events.at(-1)];
  const ends =
    first && last ? { first, last } : around(token ?? { direction: "forward", position: page.start });
  return {
    events: events.map(({ atMs, ingestedAtMs, message }) => ({
      timestamp: atMs,
      ingestionTime: ingestedAtMs,
      message,
    })),
    nextForwardToken: encodeEventToken("forward", ends.last),
    nextBackwardToken: encodeEventToken("backward", ends.first),
  };
}

/** An empty page stays where it is; the way back from there includes the event that led there. */
function around({ direction, position }: EventToken) {
  const { atMs, id } = position;
  return direction === "forward"
    ? { first: { atMs, id: id + 1 }, last: position }
    : { first: position, last: { atMs, id: Math.max(id - 1, 0) } };
}
