import type {
  CompletionConfig,
  CompletionDecision,
  CompletionReason,
  CompletionStatus,
} from "./types/batch.ts";

/** When a batch is complete, decided from how many items have ended. Without any criterion one failure ends it. */
export class Completion {
  readonly #config: CompletionConfig;
  readonly #hasThreshold: boolean;

  constructor(config: CompletionConfig = {}) {
    this.#config = config;
    this.#hasThreshold = Object.values(config).some((value) => value !== undefined);
  }

  /** Why the settings cannot be used; undefined when they can. */
  static invalid(
    config: CompletionConfig | undefined,
    maxConcurrency: number | undefined,
  ): string | undefined {
    if (maxConcurrency != null && !(maxConcurrency > 0)) {
      return `Invalid maxConcurrency: ${maxConcurrency}. Must be a positive number or undefined for unlimited concurrency.`;
    }
    const { shouldComplete, ...thresholds } = config ?? {};
    if (shouldComplete && Object.values(thresholds).some((value) => value !== undefined)) {
      return (
        "completionConfig.shouldComplete is mutually exclusive with minSuccessful, toleratedFailureCount, " +
        "and toleratedFailurePercentage"
      );
    }
    return undefined;
  }

  /** Whether another item may be started. */
  mayStart(status: CompletionStatus): boolean {
    return !(this.#custom(status)?.complete ?? this.#exceeds(status));
  }

  /** Whether the batch is over, after an item has ended. */
  isOver(status: CompletionStatus): boolean {
    return status.completedCount === status.totalCount || this.#isEnough(status) || !this.mayStart(status);
  }

  reason(status: CompletionStatus): CompletionReason {
    const custom = this.#custom(status);
    if (custom?.complete) {
      return custom.outcome === "FAILED" ? "CUSTOM_COMPLETION_FAILED" : "CUSTOM_COMPLETION_SUCCEEDED";
    }
    if (!custom && this.#exceeds(status)) return "FAILURE_TOLERANCE_EXCEEDED";
    const isAll = status.completedCount === status.totalCount;
    return !isAll && this.#isEnough(status) ? "MIN_SUCCESSFUL_REACHED" : "ALL_COMPLETED";
  }

  #custom(status: CompletionStatus): CompletionDecision | undefined {
    return this.#config.shouldComplete?.(status);
  }

  #isEnough({ successCount }: CompletionStatus): boolean {
    return this.#config.minSuccessful !== undefined && successCount >= this.#config.minSuccessful;
  }

  #exceeds({ failureCount, totalCount }: CompletionStatus): boolean {
    if (!this.#hasThreshold) return failureCount > 0;
    const { toleratedFailureCount, toleratedFailurePercentage } = this.#config;
    return (
      (toleratedFailureCount !== undefined && failureCount > toleratedFailureCount) ||
      (toleratedFailurePercentage !== undefined &&
        (failureCount / totalCount) * 100 > toleratedFailurePercentage)
    );
  }
}
