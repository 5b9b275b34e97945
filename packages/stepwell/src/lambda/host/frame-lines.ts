import type { InvocationRequest, InvocationResult } from "./host.ts";
import { isKept, type LogLevel, platformEvent, statusOf } from "./json-logging.ts";

/** Whose invocation a log is. */
export type LoggedInvocation = Pick<InvocationRequest, "code" | "requestId" | "tenantId">;

export interface InvocationEnd {
  readonly durationMs: number;
  /** The most that its instance was seen to use. */
  readonly memoryMb: number;
  /** How long its instance took to start, if for it. */
  readonly initMs: number | undefined;
  readonly result: InvocationResult;
  /** What REPORT says of it besides: `Status: timeout`. */
  readonly status: string;
  /** How much of its log was left out. */
  readonly droppedBytes: number;
}

const DROPPED = "1 MiB is kept of each invocation";

/**
 * The lines that open an invocation's log: text, or events where the function's log is JSON
 * (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html).
 */
export function openingLines(invocation: LoggedInvocation, atMs: number): readonly string[] {
  const { code, requestId } = invocation;
  if (!code.jsonLogging) return [`START RequestId: ${requestId} Version: ${code.version}\n`];
  const { functionArn, version } = code;
  return events(invocation, atMs, [["start", "INFO", { functionArn, version }]]);
}

/** The lines that close it. */
export function closingLines(
  invocation: LoggedInvocation,
  atMs: number,
  end: InvocationEnd,
): readonly string[] {
  return invocation.code.jsonLogging ? closingEvents(invocation, atMs, end) : closingText(invocation, end);
}

function closingText({ code, requestId }: LoggedInvocation, end: InvocationEnd): readonly string[] {
  const { durationMs, memoryMb, initMs, status, droppedBytes } = end;
  const fields = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${billed(durationMs)} ms`,
    `Memory Size: ${code.memoryMb} MB`,
    `Max Memory Used: ${memoryMb} MB`,
  ];
  if (initMs !== undefined) fields.push(`Init Duration: ${initMs.toFixed(2)} ms`);
  if (status !== "") fields.push(status);
  return [
    ...(droppedBytes > 0 ? [`[stepwell] ${droppedBytes} bytes of this log were dropped: ${DROPPED}.\n`] : []),
    `END RequestId: ${requestId}\n`,
    `${fields.join("\t")}\t\n`,
  ];
}

function closingEvents(invocation: LoggedInvocation, atMs: number, end: InvocationEnd): readonly string[] {
  const { durationMs, memoryMb, initMs, result, droppedBytes } = end;
  const status = statusOf(result);
  const producedBytes = result.ok ? Buffer.byteLength(result.payload) : 0;
  const metrics = {
    durationMs: rounded(durationMs),
    billedDurationMs: billed(durationMs),
    memorySizeMB: invocation.code.memoryMb,
    maxMemoryUsedMB: memoryMb,
    ...(initMs === undefined ? {} : { initDurationMs: rounded(initMs) }),
  };
  return events(invocation, atMs, [
    ...(droppedBytes > 0 ? [["logsDropped", "WARN", { reason: DROPPED, droppedBytes }] as const] : []),
    [
      "runtimeDone",
      result.ok ? "DEBUG" : "WARN",
      { ...status, metrics: { durationMs: rounded(durationMs), producedBytes } },
    ],
    ["report", result.ok ? "INFO" : "WARN", { metrics, ...status }],
  ]);
}

function events(
  { code, requestId, tenantId }: LoggedInvocation,
  atMs: number,
  all: readonly (readonly [type: string, level: LogLevel, record: object])[],
): readonly string[] {
  return all
    .filter(([, level]) => isKept(level, code.jsonLogging!.systemLevel))
    .map(([type, , record]) => platformEvent(atMs, type, { requestId, ...record, tenantId }));
}

function billed(durationMs: number): number {
  return Math.max(1, Math.ceil(durationMs));
}

/** To the microsecond, as AWS gives it. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
