import type { BatchResult, CompletionReason } from "./types/batch.ts";

const REASONS = new Set<unknown>([
  "ALL_COMPLETED",
  "MIN_SUCCESSFUL_REACHED",
  "FAILURE_TOLERANCE_EXCEEDED",
  "CUSTOM_COMPLETION_SUCCEEDED",
  "CUSTOM_COMPLETION_FAILED",
]);

/**
 * What is stored of a batch whose result is too large: counts for those who look at it, and which items had ended
 * how, one letter per item, from which a replay makes the result again.
 */
export function summarize<T>(
  type: "MapResult" | "ParallelResult",
  result: BatchResult<T>,
  custom?: (result: BatchResult<T>) => string,
): string {
  return JSON.stringify({
    type,
    totalCount: result.totalCount,
    successCount: result.successCount,
    failureCount: result.failureCount,
    ...(type === "ParallelResult" && { startedCount: result.startedCount }),
    completionReason: result.completionReason,
    status: result.status,
    itemStatuses: letters(result.all),
    ...(custom && { summary: custom(result) }),
  });
}

/** What a stored summary, or a whole stored result, says of how a batch ended. Anything else says nothing. */
export function readSummary(payload: string | undefined): {
  reason?: CompletionReason;
  itemStatuses?: string;
} {
  let stored: { completionReason?: unknown; itemStatuses?: unknown; all?: unknown };
  try {
    stored = JSON.parse(payload ?? "") ?? {};
  } catch {
    return {};
  }
  const { completionReason, itemStatuses, all } = stored;
  return {
    ...(REASONS.has(completionReason) && { reason: completionReason as CompletionReason }),
    ...(typeof itemStatuses === "string" && /^[SF-]+$/.test(itemStatuses)
      ? { itemStatuses }
      : Array.isArray(all) && all.length > 0 && { itemStatuses: letters(all) }),
  };
}

function letters(items: readonly { index: number; status: string }[]): string {
  const last = Math.max(-1, ...items.map((item) => item?.index ?? -1));
  const encoded = new Array<string>(last + 1).fill("-");
  for (const item of items) {
    if (item?.status === "SUCCEEDED") encoded[item.index] = "S";
    if (item?.status === "FAILED") encoded[item.index] = "F";
  }
  return encoded.join("");
}
