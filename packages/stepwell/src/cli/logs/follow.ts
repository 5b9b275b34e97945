import type { Client } from "../client/client.ts";
import type { StreamCalls } from "../client/types.ts";
import { CliError } from "../exit.ts";
import type { LogSource } from "./groups.ts";
import type { LogLine } from "./line.ts";

/** The most that one live tail takes. */
const MOST_GROUPS = 10;

type TailEvent = StreamCalls["logs.StartLiveTail"]["event"];

export interface Following {
  /** Called once every group is followed: what was stored before is read then, so that nothing falls in between. */
  readonly begun: () => Promise<void>;
  readonly lines: (lines: readonly LogLine[]) => Promise<void>;
  /** Lines were left out because they could not be sent fast enough. */
  readonly sampled: () => void;
}

/**
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html: every line from now on.
 * Resolves when the server ends it.
 */
export async function followLines(
  client: Client,
  sources: readonly LogSource[],
  pattern: string | undefined,
  following: Following,
): Promise<void> {
  const stop = new AbortController();
  const tails: AsyncGenerator<TailEvent>[] = [];
  for (let from = 0; from < sources.length; from += MOST_GROUPS) {
    const groups = sources.slice(from, from + MOST_GROUPS).map(({ group }) => group);
    await Promise.all(groups.map((group) => makeGroup(client, group)));
    tails.push(
      client.stream(
        "logs.StartLiveTail",
        {
          logGroupIdentifiers: groups,
          ...(pattern === undefined ? {} : { logEventFilterPattern: pattern }),
        },
        stop.signal,
      ),
    );
  }
  try {
    // The first event of each says that it has begun.
    await Promise.all(tails.map((tail) => tail.next()));
    await following.begun();
    await Promise.all(tails.map((tail) => pass(tail, sources, following)));
  } finally {
    stop.abort();
  }
}

async function pass(
  tail: AsyncIterable<TailEvent>,
  sources: readonly LogSource[],
  following: Following,
): Promise<void> {
  for await (const { sessionUpdate } of tail) {
    if (sessionUpdate?.sessionMetadata?.sampled) following.sampled();
    const events = sessionUpdate?.sessionResults ?? [];
    const lines = events.map(({ logGroupIdentifier, logStreamName, timestamp, message }) => {
      const group = logGroupIdentifier.split(":log-group:").at(-1)!.replace(/:\*$/, "");
      const label = sources.find((source) => source.group === group)?.label ?? group;
      return { group, label, stream: logStreamName, atMs: timestamp, message };
    });
    await following.lines(lines);
  }
}

/** A function that has never run has no group yet; Lambda would make it with the first line. */
async function makeGroup(client: Client, logGroupName: string): Promise<void> {
  await client.call("logs.CreateLogGroup", { logGroupName }).catch((error: unknown) => {
    if (!(error instanceof CliError) || error.code !== "ResourceAlreadyExistsException") throw error;
  });
}
