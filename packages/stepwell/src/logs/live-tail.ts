import type { CallContext } from "../kernel/context.ts";
import { invalidParameter } from "./errors.ts";
import { groupArn, identifiedGroup } from "./names.ts";
import { type LogsParts, requireGroup } from "./parts.ts";
import { compileFilterPattern } from "./pattern/pattern.ts";
import type { TailBatch, TailEvent } from "./tails.ts";

export interface LiveTailInput {
  readonly logGroupIdentifiers: readonly string[];
  readonly logStreamNames?: readonly string[];
  readonly logStreamNamePrefixes?: readonly string[];
  readonly logEventFilterPattern?: string;
}

const EVENTS_OF_AN_UPDATE = 500;

/**
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html. Where AWS sends an
 * update every second, this sends one when there is something, and a session lasts for as long as its caller stays.
 */
export async function startLiveTail(
  parts: LogsParts,
  context: CallContext,
  input: LiveTailInput,
  closing: AbortSignal,
) {
  const wants = selection(input);
  const { account, region } = context;
  const names = input.logGroupIdentifiers.map((identifier) => identifiedGroup(context, identifier));
  for (const name of names) await requireGroup(parts, context, name);
  const groups = names.map((logGroup) => ({ account, region, logGroup }));
  const batches = parts.tails.tail(groups, AbortSignal.any([context.signal, closing]));
  await batches.ready;
  const sessionStart = { requestId: context.requestId, sessionId: parts.ids.uuid(), ...input };
  const update = (events: readonly TailEvent[], skipped: number) => ({
    sessionUpdate: {
      sessionMetadata: { sampled: skipped > 0 },
      sessionResults: events.map((event) => ({
        logStreamName: event.logStream,
        logGroupIdentifier: groupArn(context, event.logGroup),
        message: event.message,
        timestamp: event.atMs,
        ingestionTime: event.ingestedAtMs,
      })),
    },
  });
  return { responseStream: session({ sessionStart }, batches, wants, update) };
}

async function* session<S, U>(
  start: S,
  batches: AsyncIterable<TailBatch>,
  wants: (event: TailEvent) => boolean,
  update: (events: readonly TailEvent[], skipped: number) => U,
): AsyncGenerator<S | U> {
  yield start;
  for await (const { events, skipped } of batches) {
    const wanted = events.filter(wants);
    for (let from = 0; from < wanted.length; from += EVENTS_OF_AN_UPDATE) {
      yield update(wanted.slice(from, from + EVENTS_OF_AN_UPDATE), skipped);
    }
  }
}

function selection(input: LiveTailInput): (event: TailEvent) => boolean {
  const { logGroupIdentifiers, logStreamNames: names, logStreamNamePrefixes: prefixes } = input;
  if (names && prefixes) {
    throw invalidParameter("logStreamNames and logStreamNamePrefixes are mutually exclusive parameters.");
  }
  if ((names || prefixes) && logGroupIdentifiers.length > 1) {
    throw invalidParameter(
      "Log streams can be chosen of one log group only: leave them out, or name one group.",
    );
  }
  const matches = compileFilterPattern(input.logEventFilterPattern ?? "");
  return ({ logStream, message }) =>
    (names?.includes(logStream) ?? true) &&
    (prefixes?.some((prefix) => logStream.startsWith(prefix)) ?? true) &&
    matches(message);
}
