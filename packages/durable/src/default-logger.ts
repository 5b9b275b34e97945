import { formatWithOptions } from "node:util";
import type { DurableLogData, DurableLogger, DurableLogLevel } from "./types/logger.ts";

const PRIORITIES: Record<DurableLogLevel, number> = { DEBUG: 2, INFO: 3, WARN: 4, ERROR: 5 };

/**
 * A logger that writes one JSON line per call, as Lambda's own JSON logging does, with the execution and operation.
 * `AWS_LAMBDA_LOG_LEVEL` leaves out what is below it.
 */
export function createDefaultLogger(
  data: () => DurableLogData,
  nowMs: () => number,
  extraFields?: () => Record<string, unknown>,
): DurableLogger {
  const least = PRIORITIES[process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase() as DurableLogLevel] ?? 0;
  const writer = (level: DurableLogLevel): ((...params: unknown[]) => void) => {
    if (PRIORITIES[level] < least) return () => {};
    const stream = level === "WARN" || level === "ERROR" ? process.stderr : process.stdout;
    return (...params) =>
      void stream.write(`${formatLine(level, nowMs(), data(), extraFields?.(), params)}\n`);
  };
  const logger = {
    debug: writer("DEBUG"),
    info: writer("INFO"),
    warn: writer("WARN"),
    error: writer("ERROR"),
    log: (level: DurableLogLevel, ...params: unknown[]) => {
      const method = level?.toLowerCase() as "debug" | "info" | "warn" | "error";
      (logger[method] ?? logger.info)(...params);
    },
  };
  return logger;
}

/** One parameter is logged as JSON if it can be; several are joined as console.log does, the first error spelled out. */
function formatLine(
  level: DurableLogLevel,
  nowMs: number,
  data: DurableLogData,
  extra: Record<string, unknown> | undefined,
  params: unknown[],
): string {
  const { requestId, executionArn, tenantId, operationId, operationName, attempt } = data;
  const line: Record<string, unknown> = {
    requestId,
    timestamp: new Date(nowMs).toISOString(),
    level,
    executionArn,
    tenantId: tenantId ?? undefined,
    operationId,
    operationName,
    attempt,
    ...extra,
  };
  if (params.length === 1) {
    line.message = params[0];
    try {
      return JSON.stringify(line, (_key, value) => (value instanceof Error ? errorFields(value) : value));
    } catch {
      // Circular, or a BigInt: fall through to text.
    }
  }
  line.message = formatWithOptions({ breakLength: Number.POSITIVE_INFINITY }, ...params);
  if (params.length > 1) {
    const error = params.find((param) => param instanceof Error);
    if (error) Object.assign(line, errorFields(error));
  }
  return JSON.stringify(line);
}

function errorFields(error: Error): Record<string, unknown> {
  return {
    errorType: error.constructor?.name ?? "UnknownError",
    errorMessage: error.message,
    stackTrace: error.stack?.split("\n") ?? [],
    ...error,
  };
}
