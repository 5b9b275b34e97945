import type { WorkItem } from "./work.ts";

/** Why something will happen at a time. */
export type DueKind =
  /** A wait ends. */
  | "WAIT"
  /** A step is tried again, or a condition is looked at again. */
  | "STEP_RETRY"
  | "CALLBACK_TIMEOUT"
  | "CALLBACK_HEARTBEAT"
  /** An execution's handler, which failed, is called again. */
  | "INVOCATION_RETRY"
  | "EXECUTION_TIMEOUT"
  /** A schedule fires that does so once. */
  | "ONE_TIME_SCHEDULE"
  /** A schedule's target, which could not be reached, is tried again. */
  | "SCHEDULE_RETRY"
  /** An asynchronous event is delivered to its function. */
  | "EVENT"
  /** A schedule that comes again and again fires. */
  | "SCHEDULE"
  /** A message is handed to an endpoint. */
  | "DELIVERY"
  /** A replay of archived events begins, or goes on. */
  | "REPLAY"
  /** A message of a queue becomes visible, or messages move from one queue to another. */
  | "MESSAGE"
  /** What is past its retention is removed, and the like. */
  | "HOUSEKEEPING";

/** Something that happens by itself when its time comes. */
export interface DueThing {
  readonly atMs: number;
  readonly kind: DueKind;
  readonly functionName?: string;
  /** Of what it happens to, where that is no function and no execution. */
  readonly resourceArn?: string;
  readonly executionArn?: string;
  readonly operationId?: string;
  readonly operationName?: string;
}

/** Tells what a free work item of one kind waits for; `undefined` when it is gone meanwhile. */
export type DescribeDue = (item: WorkItem) => Promise<Omit<DueThing, "atMs"> | undefined>;

/**
 * What will happen by itself without a work item: the first `most` things after now and until then, in their order.
 */
export type FindDue = (untilMs: number, most: number) => Promise<readonly DueThing[]>;

/** By kind of work item: those that are not here are housekeeping. */
export type DescribeByKind = Readonly<Record<string, DescribeDue>>;

/**
 * Whether somebody may want to see it happen next. The timeout of a whole execution and housekeeping are most often weeks
 * away, and what they end or remove does not come back; a schedule that comes again would always be next.
 */
export function isWorthSkippingTo(kind: DueKind): boolean {
  return kind !== "EXECUTION_TIMEOUT" && kind !== "HOUSEKEEPING" && kind !== "SCHEDULE";
}
