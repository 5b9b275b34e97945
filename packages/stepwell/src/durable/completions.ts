import { AwsError } from "../kernel/errors.ts";
import { work } from "../kernel/work.ts";
import { Conflict } from "../store/errors.ts";
import type { Change } from "../store/store.ts";
import type { Executions } from "./executions.ts";
import { HeldElsewhere } from "./held-elsewhere.ts";
import { decodeCallbackId, workKey } from "./keys.ts";
import { applyOutside, type Draft } from "./machine.ts";
import type { OutsideEvent } from "./outside.ts";
import { change, find } from "./tables.ts";

type CallbackEvent = Extract<OutsideEvent, { readonly type: `callback-${string}` }>;
/** A callback's event before it is known which operation it is for. */
export type CallbackCompletion = CallbackEvent extends infer E
  ? E extends unknown
    ? Omit<E, "operationId">
    : never
  : never;

/** Completes a callback, or keeps it alive. Acknowledged means durable; throws AWS's error when it comes too late. */
export async function completeCallback(
  executions: Executions,
  callbackId: string,
  completion: CallbackCompletion,
): Promise<void> {
  const target = decodeCallbackId(callbackId);
  if (!target) throw callbackNotFound(callbackId);
  const { execution, operationId } = target;
  const event = { ...completion, operationId } as CallbackEvent;
  const decide = (draft: Draft) => {
    if (draft.operation(operationId)?.CallbackDetails?.CallbackId !== callbackId)
      throw callbackNotFound(callbackId);
    applyOutside(draft, event);
  };
  const guard = change.endCallback(execution, operationId, callbackId, STATUS[event.type]);
  await decideOrLeave(executions, execution, event, {
    guards: [guard],
    async decide() {
      if (!(await executions.decide(execution, decide))) throw callbackNotFound(callbackId);
    },
  });
}

/**
 * Stops an execution; resolves to when it ended, which is the first stop's time if it had ended before. A stop that
 * another node has to make history is acknowledged when it has done so, or when that takes too long: the execution
 * ends with it all the same, for it cannot end otherwise while that lies in its inbox.
 */
export async function stopExecution(
  executions: Executions,
  key: string,
  event: Extract<OutsideEvent, { readonly type: "stop" }>,
  signal: AbortSignal,
): Promise<number> {
  const { clock, store, waiters } = executions;
  const waiting = waiters.wait(key, signal);
  try {
    const stopped = await decideOrLeave(executions, key, event, {
      guards: [],
      async decide() {
        const decided = await executions.decide(key, (draft) => {
          applyOutside(draft, event);
          return draft.header.endedAtMs ?? draft.nowMs;
        });
        return decided!.value;
      },
    });
    if ("decided" in stopped) return stopped.decided;
    const patience = clock.at(clock.now() + PATIENCE_MS, waiting.cancel);
    await waiting.ended;
    patience.cancel();
    const [row] = await store.read(find.execution, [key]);
    return Number(row?.ended_at ?? stopped.leftAtMs);
  } finally {
    waiting.cancel();
  }
}

/** How long a stop waits for the node that holds the execution. */
const PATIENCE_MS = 5_000;
/** An execution that comes to rest, ends and is held elsewhere by turns this often has a fault. */
const MOST_TRIES = 20;

interface Deciding<T> {
  /** Has it decided here. Throws HeldElsewhere when another node has to. */
  decide(): Promise<T>;
  /** What must hold for another node to be left the event. */
  readonly guards: readonly Change[];
}

/**
 * Decides, or leaves the event in the inbox for the node that holds the execution, which makes it history: the guards
 * on a callback's own row let one completion win. An execution that ends meanwhile is decided about anew.
 */
async function decideOrLeave<T>(
  executions: Executions,
  execution: string,
  event: OutsideEvent,
  { decide, guards }: Deciding<T>,
): Promise<{ readonly decided: T } | { readonly leftAtMs: number }> {
  const { store, clock, ids } = executions;
  for (let tries = 1; ; tries++) {
    try {
      return { decided: await decide() };
    } catch (error) {
      if (!(error instanceof HeldElsewhere)) throw error;
    }
    const nowMs = clock.now();
    const changes = [
      ...guards,
      change.insertInbox(execution, ids.orderedUuid(), nowMs, JSON.stringify(event)),
      work.leaveFor(workKey(execution), nowMs),
    ];
    let isHeld: boolean;
    try {
      const results = await store.commit(changes, { key: execution });
      isHeld = results.at(-1)![0]!.owner !== null;
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      if (error.changeIndex >= guards.length) {
        if (tries < MOST_TRIES) continue;
        throw error;
      }
      throw new AwsError(
        "InvalidParameterValueException",
        "The callback does not exist, or has been completed already.",
        { fields: { Type: "User" }, cause: error },
      );
    }
    await executions.inboxFilled(execution, isHeld);
    return { leftAtMs: nowMs };
  }
}

/** What a callback's own row says afterwards. */
const STATUS = {
  "callback-succeeded": "SUCCEEDED",
  "callback-failed": "FAILED",
  "callback-heartbeat": "STARTED",
} as const;

function callbackNotFound(callbackId: string): AwsError {
  return new AwsError("ResourceNotFoundException", `Callback not found: ${callbackId}`, {
    httpStatus: 404,
    fields: { Type: "User" },
  });
}
