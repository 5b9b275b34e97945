import type { CallContext } from "../kernel/context.ts";
import { Conflict } from "../store/errors.ts";
import { invalidParameter, streamExists, streamNotFound } from "./errors.ts";
import { type GroupReference, groupArn, referencedGroup } from "./names.ts";
import { randomNumber } from "./numbers.ts";
import { type LogsParts, requireGroup, requireStream } from "./parts.ts";
import { type LogStream, streams } from "./table/streams.ts";
import { decodeListToken, encodeListToken } from "./tokens.ts";

interface StreamInput {
  readonly logGroupName: string;
  readonly logStreamName: string;
}

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html */
export async function createLogStream(
  parts: LogsParts,
  context: CallContext,
  input: StreamInput,
): Promise<void> {
  const { store, ids } = parts;
  const { id } = await requireGroup(parts, context, input.logGroupName);
  const stream = streams.insert(id, randomNumber(ids), input.logStreamName, context.clock.now());
  await store.commit([stream], { key: "logs" }).catch(async (error) => {
    if (!(error instanceof Conflict)) throw error;
    await requireGroup(parts, context, input.logGroupName);
    throw streamExists();
  });
}

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogStream.html */
export async function deleteLogStream(
  parts: LogsParts,
  context: CallContext,
  input: StreamInput,
): Promise<void> {
  const { store, housekeeping } = parts;
  const { ids } = await requireStream(parts, context, input.logGroupName, input.logStreamName);
  const { streamId } = ids;
  const changes = [streams.delete(streamId), housekeeping.purge(context, { stream: streamId })];
  await store.commit(changes, { key: "logs" }).catch((error) => {
    throw error instanceof Conflict ? streamNotFound() : error;
  });
  housekeeping.wake();
}

export interface DescribeStreamsInput extends GroupReference {
  readonly logStreamNamePrefix?: string;
  readonly orderBy?: "LogStreamName" | "LastEventTime";
  readonly descending?: boolean;
  readonly nextToken?: string;
  readonly limit?: number;
}

const PAGE = 50;

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html */
export async function describeLogStreams(
  parts: LogsParts,
  context: CallContext,
  input: DescribeStreamsInput,
) {
  const byTime = input.orderBy === "LastEventTime";
  if (byTime && input.logStreamNamePrefix !== undefined) {
    throw invalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.");
  }
  const group = await requireGroup(parts, context, referencedGroup(context, input));
  const most = input.limit ?? PAGE;
  const list = byTime ? listByTime : listByName;
  // One more than asked for tells whether there is a next page.
  const found = await list(parts, group.id, input, most + 1);
  const shown = found.slice(0, most);
  return {
    logStreams: shown.map((stream) => toDescription(groupArn(context, group.name), stream)),
    ...(found.length > most ? { nextToken: tokenAfter(shown.at(-1)!, byTime) } : {}),
  };
}

type List = (
  parts: LogsParts,
  groupId: number,
  input: DescribeStreamsInput,
  most: number,
) => Promise<LogStream[]>;

const listByName: List = ({ store }, groupId, input, most) => {
  const { nextToken, logStreamNamePrefix: prefix = "", descending = false } = input;
  const [beyondName] = nextToken === undefined ? [] : (decodeListToken(nextToken, "string") as [string]);
  return streams.listByName(store, groupId, { beyondName, prefix, descending, most });
};

const listByTime: List = ({ store }, groupId, { nextToken, descending = false }, most) => {
  const [atMs, name] =
    nextToken === undefined ? [] : (decodeListToken(nextToken, "number", "string") as [number, string]);
  const beyond = name === undefined ? undefined : { atMs: atMs!, name };
  return streams.listByTime(store, groupId, { beyond, descending, most });
};

function tokenAfter(stream: LogStream, byTime: boolean): string {
  return byTime ? encodeListToken(stream.lastEventAtMs ?? 0, stream.name) : encodeListToken(stream.name);
}

/** AWS reports no bytes of single streams any more. */
function toDescription(ofGroup: string, stream: LogStream) {
  return {
    logStreamName: stream.name,
    arn: `${ofGroup}:log-stream:${stream.name}`,
    creationTime: stream.createdAtMs,
    storedBytes: 0,
    ...(stream.lastEventAtMs === undefined
      ? {}
      : {
          firstEventTimestamp: stream.firstEventAtMs,
          lastEventTimestamp: stream.lastEventAtMs,
          lastIngestionTime: stream.lastIngestedAtMs,
        }),
  };
}
