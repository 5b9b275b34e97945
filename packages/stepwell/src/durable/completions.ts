import { AwsError } from "../kernel/errors.ts";
import { work } from "../kernel/work.ts";
import { Conflict } from "../store/errors.ts";
import type { Change } from "../store/store.ts";
import type { Executions } from "./executions.ts";
import { HeldElsewhere } from "./held-elsewhere.ts";
import { decodeCallbackId, workKey } from "./keys.ts";
import { applyOutside, type Draft } from "./machine.ts";
import type { OutsideEvent } from "./outside.ts";
import { change } from "./tables.ts";

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
  try {
    if (!(await executions.decide(execution, decide))) throw callbackNotFound(callbackId);
  } catch (error) {
    if (!(error instanceof HeldElsewhere)) throw error;
    const status = STATUS[event.type];
    await leaveInInbox(executions, execution, event, [
      change.endCallback(execution, operationId, callbackId, status),
    ]);
  }
}

/** Stops an execution; resolves to when it ended, which is the first stop's time if it had ended before. */
export async function stopExecution(
  executions: Executions,
  key: string,
  event: Extract<OutsideEvent, { readonly type: "stop" }>,
): Promise<number> {
  try {
    const decided = await executions.decide(key, (draft) => {
      applyOutside(draft, event);
      return draft.header.endedAtMs ?? draft.nowMs;
    });
    return decided!.value;
  } catch (error) {
    if (!(error instanceof HeldElsewhere)) throw error;
    return leaveInInbox(executions, key, event, []);
  }
}

/**
 * The node that holds the execution makes it history; the guards on the callback's own row let one completion win.
 * Resolves to the time of the event.
 */
async function leaveInInbox(
  executions: Executions,
  execution: string,
  event: OutsideEvent,
  guards: readonly Change[],
): Promise<number> {
  const { store, clock, ids } = executions;
  const nowMs = clock.now();
  const changes = [
    ...guards,
    change.insertInbox(execution, ids.orderedUuid(), nowMs, JSON.stringify(event)),
    work.markDirty(workKey(execution), nowMs),
  ];
  try {
    await store.commit(changes, { key: execution });
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    throw new AwsError(
      "InvalidParameterValueException",
      "The callback does not exist, or has been completed already.",
      { fields: { Type: "User" }, cause: error },
    );
  }
  await executions.inboxFilled(execution);
  return nowMs;
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
