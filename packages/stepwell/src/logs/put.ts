import type { CallContext } from "../kernel/context.ts";
import { Conflict } from "../store/errors.ts";
import { invalidParameter, streamNotFound } from "./errors.ts";
import { type LogsParts, requireStream } from "./parts.ts";
import { eventBytes, events } from "./table/events.ts";
import { DAY_MS, keptFromMs, type LogGroup } from "./table/groups.ts";

export interface PutEventsInput {
  readonly logGroupName: string;
  readonly logStreamName: string;
  readonly logEvents: readonly { readonly timestamp: number; readonly message: string }[];
}

/** Limits of https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
const LARGEST_EVENT_BYTES = 1_048_576;
const LARGEST_UPLOAD_BYTES = 1_048_576;
const NEWEST_MS = 2 * 60 * 60 * 1000;
const OLDEST_MS = 14 * DAY_MS;

/** Durable when it resolves. Sequence tokens and entities are ignored, the former as AWS does. */
export async function putLogEvents(parts: LogsParts, context: CallContext, input: PutEventsInput) {
  checkUpload(input.logEvents);
  const { store, tails } = parts;
  const { logGroupName: logGroup, logStreamName: logStream, logEvents } = input;
  const { group, ids } = await requireStream(parts, context, logGroup, logStream);
  const nowMs = context.clock.now();
  const { from, to, rejected } = acceptable(logEvents, nowMs, group);
  const accepted = logEvents.slice(from, to).map(({ timestamp, message }) => ({ atMs: timestamp, message }));
  checkSpan(accepted);
  if (accepted.length > 0) {
    await store.commit(events.append(ids, accepted, nowMs), { key: "logs" }).catch((error) => {
      throw error instanceof Conflict ? streamNotFound() : error;
    });
    const { account, region } = context;
    tails.publish({ account, region, logGroup, logStream }, accepted, nowMs);
  }
  return {
    nextSequenceToken: String(nowMs).padStart(56, "0"),
    ...(Object.keys(rejected).length > 0 ? { rejectedLogEventsInfo: rejected } : {}),
  };
}

function checkUpload(logEvents: PutEventsInput["logEvents"]): void {
  let [bytes, lastAtMs] = [0, 0];
  for (const { timestamp, message } of logEvents) {
    const size = eventBytes(message);
    if (size > LARGEST_EVENT_BYTES) {
      throw invalidParameter(`Log event too large: ${size} bytes exceeds limit of ${LARGEST_EVENT_BYTES}`);
    }
    if (timestamp < lastAtMs) {
      throw invalidParameter("Log events in a single PutLogEvents request must be in chronological order.");
    }
    bytes += size;
    lastAtMs = timestamp;
  }
  if (bytes > LARGEST_UPLOAD_BYTES) {
    throw invalidParameter(`Upload too large: ${bytes} bytes exceeds limit of ${LARGEST_UPLOAD_BYTES}`);
  }
}

/** Which of the events, from `from` up to `to`, are neither too old nor too new, and what AWS says of the others. */
function acceptable(logEvents: PutEventsInput["logEvents"], nowMs: number, group: LogGroup) {
  const countBefore = (atMs: number) => {
    const index = logEvents.findIndex(({ timestamp }) => timestamp >= atMs);
    return index < 0 ? logEvents.length : index;
  };
  const tooOldLogEventEndIndex = countBefore(nowMs - OLDEST_MS);
  const expiredLogEventEndIndex = countBefore(keptFromMs(group, nowMs));
  const tooNewLogEventStartIndex = countBefore(nowMs + NEWEST_MS + 1);
  return {
    from: Math.max(tooOldLogEventEndIndex, expiredLogEventEndIndex),
    to: tooNewLogEventStartIndex,
    rejected: {
      ...(tooOldLogEventEndIndex > 0 ? { tooOldLogEventEndIndex } : {}),
      ...(expiredLogEventEndIndex > tooOldLogEventEndIndex ? { expiredLogEventEndIndex } : {}),
      ...(tooNewLogEventStartIndex < logEvents.length ? { tooNewLogEventStartIndex } : {}),
    },
  };
}

function checkSpan(accepted: readonly { readonly atMs: number }[]): void {
  if (accepted.length > 0 && accepted.at(-1)!.atMs - accepted[0]!.atMs > DAY_MS) {
    throw invalidParameter(
      "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
    );
  }
}
