import type { Client } from "../client/client.ts";
import type { HistoryEvent } from "../client/types.ts";

/** The most that AWS gives at once. */
const PAGE = 1000;

/** An execution's events, oldest first or `reverse`; all of them unless `most` says otherwise. */
export async function readEvents(
  client: Client,
  arn: string,
  { reverse = false, most = Number.POSITIVE_INFINITY } = {},
): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let marker: string | undefined;
  do {
    const page = await client.call("lambda.GetDurableExecutionHistory", {
      DurableExecutionArn: arn,
      MaxItems: Math.min(most - events.length, PAGE),
      ...(reverse ? { ReverseOrder: true } : {}),
      ...(marker === undefined ? {} : { Marker: marker }),
    });
    events.push(...page.Events);
    marker = page.NextMarker;
  } while (marker !== undefined && events.length < most);
  return events;
}
