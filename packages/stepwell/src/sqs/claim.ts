import { Conflict } from "../store/errors.ts";
import type { Change } from "../store/store.ts";
import type { SqsParts } from "./parts.ts";
import { parseQueueArn } from "./place.ts";
import type { Queue } from "./queue.ts";
import { fifo } from "./table/fifo.ts";
import { messages, type ReceivedMessage } from "./table/messages.ts";
import { queues } from "./table/queues.ts";

export interface ClaimRequest {
  readonly queue: Queue;
  readonly most: number;
  readonly visibilityMs: number;
  /** The ReceiveRequestAttemptId, in FIFO queues. */
  readonly attempt: string | undefined;
}

/**
 * Receives what there is; undefined when there is nothing. One commit claims messages; those among them that have
 * expired, or have been received too often, are taken away in a second one, and are nobody's until then.
 */
export async function claimMessages(
  parts: SqsParts,
  request: ClaimRequest,
): Promise<readonly ReceivedMessage[] | undefined> {
  const { inFlight, receivers, clock } = parts;
  const { queue } = request;
  const { retentionMs, redrive } = queue.settings;
  for (;;) {
    if (!(await inFlight.isOpen(queue))) return undefined;
    const nowMs = clock.now();
    const claimed = await claim(parts, request, nowMs);
    if (claimed.length === 0) return undefined;
    inFlight.received(queue, claimed.length);
    receivers.availableHere(queue, nowMs + request.visibilityMs);
    const expired = claimed.filter(({ sentAtMs }) => sentAtMs + retentionMs <= nowMs);
    const kept = expired.length === 0 ? claimed : claimed.filter((message) => !expired.includes(message));
    const poison = redrive ? kept.filter(({ receiveCount }) => receiveCount > redrive.maxReceiveCount) : [];
    if (expired.length === 0 && poison.length === 0) return kept;
    const moved = await removeClaimed(parts, queue, expired, poison, nowMs);
    const left = moved ? kept.filter((message) => !poison.includes(message)) : kept;
    if (left.length > 0) return left;
  }
}

async function claim(
  { store, ids, receivers }: SqsParts,
  { queue, most, visibilityMs, attempt }: ClaimRequest,
  nowMs: number,
): Promise<readonly ReceivedMessage[]> {
  const untilMs = nowMs + visibilityMs;
  const { id, key, settings } = queue;
  if (!settings.fifo) {
    const [rows] = await store.commit([messages.claim(id, nowMs, most, untilMs)], { key });
    if (rows!.length < 2) return rows!.map(messages.received);
    // RETURNING gives rows in no order.
    return rows!.map(messages.received).sort((a, b) => a.sentAtMs - b.sentAtMs || a.row - b.row);
  }
  if (attempt !== undefined) {
    const again = await fifo.claimAgain(store, queue, attempt, nowMs, untilMs);
    if (again.length > 0) {
      // They may be visible sooner than everybody thinks.
      receivers.available(queue, untilMs);
      return again;
    }
  }
  const mark = -2 - Math.floor(ids.random() * 2 ** 52);
  return fifo.claimed(
    await store.commit(fifo.claim({ queue: id, nowMs, most, untilMs, mark, attempt }), { key }),
  );
}

/** Whether those that were received too often have gone; there may be no queue for them any more. */
async function removeClaimed(
  { store, catalog, receivers }: SqsParts,
  queue: Queue,
  expired: readonly ReceivedMessage[],
  poison: readonly ReceivedMessage[],
  nowMs: number,
): Promise<boolean> {
  // As it is stored, and held: what goes where nothing is any more would be lost.
  const key = parseQueueArn(queue.settings.redrive?.arn ?? "");
  const deadLetters = poison.length > 0 && key ? await catalog.find(key) : undefined;
  const changes: Change[] = expired.map((message) => messages.delete(message, queue.id));
  if (deadLetters) changes.push(queues.hold(deadLetters.id), ...moving(queue, deadLetters, poison, nowMs));
  if (changes.length === 0) return false;
  const groups = [...expired, ...poison].flatMap(({ groupId }) => groupId ?? []);
  const all = queue.settings.fifo ? fifo.inGroups(queue.id, groups, changes) : changes;
  try {
    await store.commit(all, { key: queue.key });
  } catch (error) {
    // The dead-letter queue was deleted just now: they come again, like all the others.
    if (error instanceof Conflict) return false;
    throw error;
  }
  if (deadLetters) receivers.available(deadLetters, nowMs);
  if (queue.settings.fifo) receivers.available(queue, nowMs);
  return deadLetters !== undefined;
}

function moving(from: Queue, to: Queue, moved: readonly ReceivedMessage[], nowMs: number): Change[] {
  return from.settings.fifo
    ? fifo.moveTo(to.id, moved, from.arn, nowMs)
    : moved.map((message) => messages.moveTo(to.id, message, from.arn, nowMs));
}
