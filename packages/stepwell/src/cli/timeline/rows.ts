import type { Span } from "./bar.ts";
import type { Timeline, TimelineInvocation, TimelineOperation } from "./timeline.ts";
import { labelOf } from "./waiting.ts";

/** A line of a timeline. */
export interface TimelineRow {
  readonly label: string;
  /** How many contexts it is in. */
  readonly depth: number;
  /** `Step`, `WaitForCallback`, `Invocation`. */
  readonly type: string;
  readonly status: string;
  readonly attempts: number;
  readonly startMs: number;
  readonly endMs?: number;
  readonly spans: readonly Span[];
  /** JSON text. */
  readonly result?: string;
  readonly error?: TimelineOperation["error"];
}

/** Operations under their parents, with the invocations among them in order of time. `nowMs` ends what is open. */
export function timelineRows(timeline: Timeline, nowMs: number): TimelineRow[] {
  const endMs = timeline.endMs ?? nowMs;
  const rows: TimelineRow[] = [];
  let shown = 0;
  const invocationsUntil = (atMs: number): void => {
    for (; shown < timeline.invocations.length && timeline.invocations[shown]!.startMs <= atMs; shown++) {
      rows.push(invocationRow(timeline.invocations[shown]!, shown + 1));
    }
  };
  for (const operation of timeline.operations) {
    invocationsUntil(operation.startMs);
    addOperation(rows, operation, 0, endMs);
  }
  invocationsUntil(Number.POSITIVE_INFINITY);
  return rows;
}

function addOperation(rows: TimelineRow[], operation: TimelineOperation, depth: number, endMs: number): void {
  const { children, status, result, error } = operation;
  // What a context failed of, or returns, is mostly what its children did.
  const own = children.length === 0;
  const childFailed = children.some((child) => child.error);
  rows.push({
    label: labelOf(operation),
    depth,
    type: typeOf(operation),
    status,
    attempts: operation.attempts.length,
    startMs: operation.startMs,
    ...(operation.endMs === undefined ? {} : { endMs: operation.endMs }),
    spans: spansOf(operation, endMs),
    ...(own && result !== undefined ? { result } : {}),
    ...(error && !childFailed ? { error } : {}),
  });
  for (const child of children) addOperation(rows, child, depth + 1, endMs);
}

function spansOf({ type, startMs, endMs: end, attempts }: TimelineOperation, endMs: number): Span[] {
  const whole = { startMs, endMs: end ?? endMs };
  if (type === "CONTEXT") return [{ ...whole, kind: "around" }];
  const ran = attempts.map(
    (attempt): Span => ({ startMs: attempt.startMs, endMs: attempt.endMs ?? endMs, kind: "run" }),
  );
  return [{ ...whole, kind: "wait" }, ...ran];
}

function invocationRow({ startMs, queuedMs, endMs, error }: TimelineInvocation, number: number): TimelineRow {
  return {
    label: `invocation ${number}`,
    depth: 0,
    type: "Invocation",
    status: error ? "FAILED" : "COMPLETED",
    attempts: 1,
    startMs,
    endMs,
    spans: [
      ...(queuedMs > 0 ? [{ startMs: startMs - queuedMs, endMs: startMs, kind: "queue" as const }] : []),
      { startMs, endMs, kind: "run" },
    ],
    ...(error ? { error } : {}),
  };
}

const TYPES: Readonly<Record<TimelineOperation["type"], string>> = {
  CONTEXT: "Context",
  STEP: "Step",
  WAIT: "Wait",
  CALLBACK: "Callback",
  CHAINED_INVOKE: "ChainedInvoke",
};

/** SDKs say more exactly than the service what an operation is. */
function typeOf({ subType, type }: TimelineOperation): string {
  return subType ?? TYPES[type];
}
