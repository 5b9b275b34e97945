import type { Client } from "../client/client.ts";
import type { Calls, StoredLogEvent } from "../client/types.ts";
import { CliError } from "../exit.ts";
import type { LogSource } from "./groups.ts";
import type { LogLine } from "./line.ts";

export interface LogRange {
  /** Epoch milliseconds, included; from the first line on when absent. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** A filter pattern of CloudWatch Logs. */
  readonly pattern?: string | undefined;
  /** The newest so many; all when absent. */
  readonly most?: number | undefined;
}

/** What groups hold, oldest first. One that does not exist holds nothing, unless it is the only one. */
export async function readLines(
  client: Client,
  sources: readonly LogSource[],
  range: LogRange,
): Promise<LogLine[]> {
  const lists = await Promise.all(
    sources.map((source) => linesOf(client, source, range, sources.length > 1)),
  );
  const lines = lists.flat().sort((a, b) => a.atMs - b.atMs);
  return range.most === undefined ? lines : lines.slice(-range.most);
}

/**
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html, from the end backwards
 * where only the newest are wanted.
 */
async function linesOf(
  client: Client,
  { group, label }: LogSource,
  { fromMs, toMs, pattern, most }: LogRange,
  mayBeMissing: boolean,
): Promise<LogLine[]> {
  const found: StoredLogEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client
      .call("logs.FilterLogEvents", {
        logGroupName: group,
        ...(fromMs === undefined ? {} : { startTime: Math.max(fromMs, 0) }),
        ...(toMs === undefined ? {} : { endTime: toMs }),
        ...(pattern === undefined ? {} : { filterPattern: pattern }),
        ...(most === undefined ? {} : { startFromHead: false }),
        ...(nextToken === undefined ? {} : { nextToken }),
      })
      .catch((error: unknown): Calls["logs.FilterLogEvents"]["output"] => {
        if (mayBeMissing && error instanceof CliError && error.code === "ResourceNotFoundException")
          return {};
        throw error;
      });
    found.push(...(page.events ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined && found.length < (most ?? Number.POSITIVE_INFINITY));
  // An event's id begins with its time, and grows.
  found.sort((a, b) => (a.eventId < b.eventId ? -1 : 1));
  return found.map(({ logStreamName, timestamp, message }) => {
    return { group, label, stream: logStreamName, atMs: timestamp, message };
  });
}
