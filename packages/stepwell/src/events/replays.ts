import type { CallContext } from "../kernel/context.ts";
import { AwsError } from "../kernel/errors.ts";
import { work } from "../kernel/work.ts";
import { busOf } from "./archives.ts";
import { requireBusArn } from "./buses.ts";
import { alreadyExists, limitExceeded, replayNotFound, validationError } from "./errors.ts";
import { archiveArn, busArn, parseArchiveArn, replayArn } from "./names.ts";
import { listPage, type PageRequest } from "./page.ts";
import { type EventsParts, untilNoConflict } from "./parts.ts";
import { replayItem, replayKey } from "./replayer.ts";
import { archives } from "./table/archives.ts";
import { type Replay, type ReplayState, replays } from "./table/replays.ts";

interface StartReplayInput {
  readonly ReplayName: string;
  readonly Description?: string;
  readonly EventSourceArn: string;
  /** Epoch milliseconds, as is the end. */
  readonly EventStartTime: number;
  readonly EventEndTime: number;
  readonly Destination: { readonly Arn: string; readonly FilterArns?: readonly string[] };
}

interface NamedReplay {
  readonly ReplayName: string;
}

const MOST_ACTIVE = 10;

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_StartReplay.html */
export async function startReplay(parts: EventsParts, context: CallContext, input: StartReplayInput) {
  const { ReplayName: name, Destination, Description } = input;
  const replay = await untilNoConflict(async () => {
    if (await replays.find(parts.store, context, name)) throw alreadyExists(`Replay ${name}`);
    const bus = await requireBusArn(parts, context, Destination.Arn);
    const archiveName = parseArchiveArn(context, input.EventSourceArn);
    const archive = await archives.find(parts.store, context, archiveName);
    if (!archive) throw invalid("EventSourceArn", `Archive ${archiveName} does not exist.`);
    if (busArn(busOf(archive)) !== busArn(bus)) {
      throw invalid("Destination.Arn", "Cross event bus replay is not permitted.");
    }
    if (input.EventStartTime >= input.EventEndTime) {
      throw invalid("EventEndTime", "EventStartTime must be before EventEndTime.");
    }
    if ((await replays.countActive(parts.store, context)) >= MOST_ACTIVE) throw limitExceeded();
    const started: Replay = {
      account: context.account,
      region: context.region,
      name,
      archiveId: archive.id,
      request: {
        archive: archive.name,
        ...(Description === undefined ? {} : { description: Description }),
        bus: bus.name,
        ...(Destination.FilterArns?.length ? { filters: Destination.FilterArns } : {}),
        fromMs: input.EventStartTime,
        toMs: input.EventEndTime,
      },
      state: "STARTING",
      startedAtMs: context.clock.now(),
    };
    const item = replayItem(started);
    await parts.store.commit([replays.insert(started), work.insert(item)], { key: item.key });
    parts.dispatcher.wake(item.availableAtMs);
    return started;
  });
  return {
    ReplayArn: replayArn(replay, replay.name),
    State: replay.state,
    ReplayStartTime: replay.startedAtMs,
  };
}

function invalid(parameter: string, reason: string): AwsError {
  return validationError(`Parameter ${parameter} is not valid. Reason: ${reason}`);
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CancelReplay.html: it ends when its turn comes. */
export async function cancelReplay(parts: EventsParts, context: CallContext, input: NamedReplay) {
  const replay = await untilNoConflict(async () => {
    const found = await requireReplay(parts, context, input);
    if (found.state !== "STARTING" && found.state !== "RUNNING") {
      throw new AwsError(
        "IllegalStatusException",
        `Replay ${found.name} is not in a valid state for this operation.`,
      );
    }
    const cancelling: Replay = { ...found, state: "CANCELLING" };
    await parts.store.commit([replays.update(found, cancelling)], { key: replayKey(found) });
    return cancelling;
  });
  return { ReplayArn: replayArn(replay, replay.name), State: replay.state };
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeReplay.html */
export async function describeReplay(parts: EventsParts, context: CallContext, input: NamedReplay) {
  const replay = await requireReplay(parts, context, input);
  const { description, bus, filters } = replay.request;
  return {
    ReplayArn: replayArn(replay, replay.name),
    ...toListed(replay),
    ...(description === undefined ? {} : { Description: description }),
    Destination: {
      Arn: busArn({ ...replay, name: bus }),
      ...(filters === undefined ? {} : { FilterArns: filters }),
    },
  };
}

async function requireReplay(
  parts: EventsParts,
  context: CallContext,
  { ReplayName }: NamedReplay,
): Promise<Replay> {
  const replay = await replays.find(parts.store, context, ReplayName);
  if (!replay) throw replayNotFound(ReplayName);
  return replay;
}

interface ListReplaysInput extends PageRequest {
  readonly NamePrefix?: string;
  readonly State?: ReplayState | "FAILED";
  readonly EventSourceArn?: string;
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListReplays.html */
export async function listReplays(parts: EventsParts, context: CallContext, input: ListReplaysInput) {
  const { NamePrefix: prefix = "", State, EventSourceArn } = input;
  const { account, region } = context;
  const { items, next } = await listPage(
    input,
    (afterName, most) => replays.list(parts.store, { account, region, afterName, prefix, most }),
    (replay) =>
      (State === undefined || replay.state === State) &&
      (EventSourceArn === undefined || sourceOf(replay) === EventSourceArn),
  );
  return { Replays: items.map(toListed), ...next };
}

function sourceOf(replay: Replay): string {
  return archiveArn(replay, replay.request.archive);
}

function toListed(replay: Replay) {
  return {
    ReplayName: replay.name,
    EventSourceArn: sourceOf(replay),
    State: replay.state,
    EventStartTime: replay.request.fromMs,
    EventEndTime: replay.request.toMs,
    ...(replay.position ? { EventLastReplayedTime: replay.position.atMs } : {}),
    ReplayStartTime: replay.startedAtMs,
    ...(replay.endedAtMs === undefined ? {} : { ReplayEndTime: replay.endedAtMs }),
  };
}
