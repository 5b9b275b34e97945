import type { Dispatcher } from "../../kernel/dispatcher.ts";
import type { DescribeByKind } from "../../kernel/due.ts";
import type { Logger } from "../../kernel/logger.ts";
import { type WorkItem, work } from "../../kernel/work.ts";
import { Conflict } from "../../store/errors.ts";
import type { Change } from "../../store/store.ts";
import type { SqsParts } from "../parts.ts";
import { parseQueueArn } from "../place.ts";
import type { Queue } from "../queue.ts";
import { sending } from "../send.ts";
import { fifo } from "../table/fifo.ts";
import { messages, type ReceivedMessage } from "../table/messages.ts";
import { queues } from "../table/queues.ts";
import { type MoveTask, moveTasks } from "./table.ts";

const MOVE = "sqs.move";

/** Of a task without a rate. */
const CHUNK = 100;
/** A task with a high rate moves several at a time. */
const SHORTEST_PAUSE_MS = 100;

/** Why a task fails, as AWS names it. */
const NO_QUEUE = "AWS.SimpleQueueService.NonExistentQueue";
const NO_SOURCE = "CouldNotDetermineMessageSource";

export const describeMoves: DescribeByKind = { [MOVE]: async () => ({ kind: "MESSAGE" }) };

interface MoveOptions {
  readonly dispatcher: Dispatcher;
  readonly log: Logger;
  /** This node's name in work items. */
  readonly owner: string;
}

/** A message that has left its queue in the same commit, and where it goes. */
interface Move {
  readonly message: ReceivedMessage;
  readonly to: Queue;
}

class MoveFailed extends Error {}

/**
 * Moves messages out of dead-letter queues, the oldest first. A task is a work item that moves some messages in one commit
 * and comes back for more: so it goes on where it was when its node is lost, and moves no message twice.
 */
export class MoveTasks {
  readonly #options: MoveOptions;
  readonly #parts: () => SqsParts;

  constructor(options: MoveOptions, parts: () => SqsParts) {
    this.#options = options;
    this.#parts = parts;
    options.dispatcher.handle(MOVE, (item) => this.#run(item));
  }

  /** Conflicts when one is under way. */
  async start(task: MoveTask): Promise<void> {
    const { store } = this.#parts();
    const atMs = task.startedAtMs;
    const item = { key: keyOf(task), kind: MOVE, dueAtMs: atMs, availableAtMs: atMs, data: task.id };
    await store.commit([...moveTasks.insert(task), work.insert(item)], { key: keyOf(task) });
    this.#options.dispatcher.wake(atMs);
  }

  /** Conflicts when it is not running any more. */
  async cancel(task: MoveTask): Promise<void> {
    const { store, clock } = this.#parts();
    const changes = [moveTasks.end(task, "CANCELLING"), work.markDirty(keyOf(task), clock.now())];
    await store.commit(changes, { key: keyOf(task) });
    this.#options.dispatcher.wake(clock.now());
  }

  async #run(item: WorkItem): Promise<void> {
    const { store } = this.#parts();
    const { owner, dispatcher } = this.#options;
    const task = await moveTasks.find(store, item.data);
    const commit = (changes: readonly Change[]) => store.commit(changes, { key: item.key });
    if (!task) return void (await commit([work.finish(item, owner)]));
    if (task.status === "CANCELLING") {
      return void (await commit([moveTasks.end(task, "CANCELLED"), work.finish(item, owner)]));
    }
    try {
      const nextMs = await this.#moveSome(item, task);
      if (nextMs !== undefined) return dispatcher.wake(nextMs);
      await commit([moveTasks.end(task, "COMPLETED"), work.finish(item, owner)]);
    } catch (error) {
      if (error instanceof MoveFailed) {
        await commit([moveTasks.end(task, "FAILED", error.message), work.finish(item, owner)]);
      } else if (error instanceof Conflict) {
        // Cancelled, or somebody has received one of the messages: look at it anew.
        await dispatcher.giveBack(item, 0);
      } else {
        throw error;
      }
    }
  }

  /** Moves what is next in one commit, and resolves to when the task goes on; to undefined when nothing is left. */
  async #moveSome(item: WorkItem, task: MoveTask): Promise<number | undefined> {
    const parts = this.#parts();
    const { store, clock, receivers } = parts;
    const source = await this.#queue(task.sourceArn);
    const nowMs = clock.now();
    const { most, pauseMs } = paceOf(task);
    const found = await (source.settings.fifo ? fifo : messages).available(store, source.id, nowMs, most);
    if (found.length === 0) return undefined;
    // What has expired in the dead-letter queue is taken away, and does not come back to life.
    const fresh = found.filter(({ sentAtMs }) => sentAtMs + source.settings.retentionMs > nowMs);
    const moves = await this.#destined(task, fresh);
    const { changes, committed } = delivering(parts, moves);
    const taken = found.map((message) => messages.take(message, nowMs));
    const groups = found.flatMap(({ groupId }) => groupId ?? []);
    const release = work.release(item, this.#options.owner, nowMs + pauseMs, nowMs);
    const answers = await store.commit(
      [
        release,
        moveTasks.countMoved(task.id, fresh.length),
        ...[...new Set(moves.map(({ to }) => to.id))].sort().map(queues.hold),
        ...(source.settings.fifo ? fifo.inGroups(source.id, groups, taken) : taken),
        ...changes,
      ],
      { key: item.key },
    );
    committed();
    if (source.settings.fifo) receivers.available(source, nowMs);
    return Number(answers[0]![0]!.available_at);
  }

  async #destined(task: MoveTask, found: readonly ReceivedMessage[]): Promise<Move[]> {
    const known = new Map<string, Queue>();
    const moves: Move[] = [];
    for (const message of found) {
      const arn = task.destinationArn ?? message.details.q;
      if (arn === undefined) throw new MoveFailed(NO_SOURCE);
      const to = known.get(arn) ?? (await this.#queue(arn));
      known.set(arn, to);
      moves.push({ message, to });
    }
    return moves;
  }

  async #queue(arn: string): Promise<Queue> {
    const key = parseQueueArn(arn);
    const queue = key && (await this.#parts().catalog.find(key));
    if (!queue) throw new MoveFailed(NO_QUEUE);
    return queue;
  }
}

/** Each message is a new one in the queue that it goes to. */
function delivering(parts: SqsParts, moves: readonly Move[]) {
  const byQueue = new Map<number, Move[]>();
  for (const move of moves) byQueue.set(move.to.id, [...(byQueue.get(move.to.id) ?? []), move]);
  const deliveries = [...byQueue.values()].map((moved) =>
    sending(
      parts,
      moved[0]!.to,
      moved.map(({ message: { messageId, body, details, groupId } }) => {
        const { q: _, ...rest } = details;
        const id = groupId !== undefined && { d: messageId };
        return {
          ...{ body, details: { ...rest, ...id }, delayMs: 0 },
          ...(groupId !== undefined && { fifo: { groupId, deduplicationId: messageId } }),
        };
      }),
    ),
  );
  return {
    changes: deliveries.flatMap(({ changes }) => changes),
    committed: () => {
      for (const { committed } of deliveries) committed();
    },
  };
}

function paceOf({ rate }: MoveTask): { readonly most: number; readonly pauseMs: number } {
  if (rate === undefined) return { most: CHUNK, pauseMs: 0 };
  const most = Math.max(1, Math.floor((rate * SHORTEST_PAUSE_MS) / 1000));
  return { most, pauseMs: Math.ceil((most * 1000) / rate) };
}

function keyOf({ sourceArn, id }: MoveTask): string {
  const [, , , region, account] = sourceArn.split(":");
  return `${account}/${region}/${MOVE}/${id}`;
}
