import type { CallContext } from "../../kernel/context.ts";
import { AwsError } from "../../kernel/errors.ts";
import { Conflict } from "../../store/errors.ts";
import { invalidParameter, resourceNotFound } from "../errors.ts";
import type { SqsParts } from "../parts.ts";
import { parseQueueArn } from "../place.ts";
import type { Queue } from "../queue.ts";
import { messages } from "../table/messages.ts";
import { queues } from "../table/queues.ts";
import { type MoveTask, moveTasks } from "./table.ts";

const HIGHEST_RATE = 500;
const MOST_RESULTS = 10;

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html */
export async function startMessageMoveTask(
  parts: SqsParts,
  _context: CallContext,
  input: {
    readonly SourceArn: string;
    readonly DestinationArn?: string;
    readonly MaxNumberOfMessagesPerSecond?: number;
  },
) {
  const { store, clock, ids } = parts;
  const { SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond: rate } = input;
  const source = await named(parts, "SourceArn", SourceArn);
  if ((await queues.listSources(store, source.arn, "", 1)).length === 0) {
    throw invalidParameter("Source queue must be configured as a Dead Letter Queue.");
  }
  if (DestinationArn !== undefined)
    checkDestination(source, await named(parts, "DestinationArn", DestinationArn));
  checkRange(rate, "MaxNumberOfMessagesPerSecond", HIGHEST_RATE);
  const nowMs = clock.now();
  const counts = await messages.count(store, source.id, nowMs - source.settings.retentionMs, nowMs);
  const task: MoveTask = {
    ...{ id: ids.uuid(), sourceArn: source.arn, status: "RUNNING", startedAtMs: nowMs },
    ...{ moved: 0, toMove: counts.visible },
    ...(DestinationArn !== undefined && { destinationArn: DestinationArn }),
    ...(rate !== undefined && { rate }),
  };
  await parts.moveTasks.start(task).catch((error) => {
    if (!(error instanceof Conflict)) throw error;
    throw invalidParameter(
      "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
    );
  });
  return { TaskHandle: encodeHandle(task) };
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CancelMessageMoveTask.html */
export async function cancelMessageMoveTask(
  parts: SqsParts,
  _context: CallContext,
  { TaskHandle }: { readonly TaskHandle: string },
) {
  const { taskId, sourceArn } = decodeHandle(TaskHandle);
  await named(parts, "SourceArn", sourceArn);
  for (;;) {
    const task = await moveTasks.find(parts.store, taskId);
    if (!task || task.sourceArn !== sourceArn) throw resourceNotFound("Task does not exist.");
    if (task.status !== "RUNNING") throw invalidParameter("Only active tasks can be cancelled.");
    try {
      await parts.moveTasks.cancel(task);
      return { ApproximateNumberOfMessagesMoved: task.moved };
    } catch (error) {
      // It has come to an end meanwhile.
      if (!(error instanceof Conflict)) throw error;
    }
  }
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasks.html */
export async function listMessageMoveTasks(
  parts: SqsParts,
  _context: CallContext,
  { SourceArn, MaxResults }: { readonly SourceArn: string; readonly MaxResults?: number },
) {
  const { arn } = await named(parts, "SourceArn", SourceArn);
  checkRange(MaxResults, "MaxResults", MOST_RESULTS);
  const tasks = await moveTasks.list(parts.store, arn, MaxResults ?? 1);
  return tasks.length > 0 ? { Results: tasks.map(shown) } : {};
}

function shown(task: MoveTask) {
  return {
    ...(task.status === "RUNNING" && { TaskHandle: encodeHandle(task) }),
    Status: task.status,
    SourceArn: task.sourceArn,
    ...(task.destinationArn !== undefined && { DestinationArn: task.destinationArn }),
    ...(task.rate !== undefined && { MaxNumberOfMessagesPerSecond: task.rate }),
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.toMove,
    ...(task.failure !== undefined && { FailureReason: task.failure }),
    StartedTimestamp: task.startedAtMs,
  };
}

/** The queue that a parameter names. */
async function named({ catalog }: SqsParts, parameter: string, arn: string): Promise<Queue> {
  const key = parseQueueArn(arn);
  if (!key) {
    throw invalidParameter(
      `You must use this format to specify the ${parameter}: arn:<partition>:<service>:<region>:<account-id>:<resource-id>`,
    );
  }
  const queue = await catalog.find(key);
  if (queue) return queue;
  throw resourceNotFound(`The resource that you specified for the ${parameter} parameter doesn't exist.`);
}

function checkDestination(source: Queue, destination: Queue): void {
  if (source.arn === destination.arn) {
    throw invalidParameter("Source queue arn and destination queue arn cannot be the same.");
  }
  if (source.settings.fifo !== destination.settings.fifo) {
    throw invalidParameter("The source queue and destination queue must be of the same queue type.");
  }
}

function checkRange(value: number | undefined, parameter: string, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= most)) return;
  throw invalidParameter(
    `Value for parameter ${parameter} is invalid. Reason: You must enter a number that's between 1 and ${most}.`,
  );
}

function encodeHandle({ id, sourceArn }: MoveTask): string {
  return Buffer.from(JSON.stringify({ taskId: id, sourceArn })).toString("base64");
}

function decodeHandle(handle: string): { readonly taskId: string; readonly sourceArn: string } {
  try {
    const { taskId, sourceArn } = JSON.parse(Buffer.from(handle, "base64").toString());
    if (typeof taskId === "string" && typeof sourceArn === "string") return { taskId, sourceArn };
  } catch (error) {
    if (error instanceof AwsError) throw error;
  }
  throw invalidParameter("Value for parameter TaskHandle is invalid.");
}
