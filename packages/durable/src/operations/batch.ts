import { BatchResultOf, batchResultSerdes, restoreBatch } from "../batch-result.ts";
import { readSummary, summarize } from "../batch-summary.ts";
import { Completion } from "../completion.ts";
import type { Context } from "../context.ts";
import { never } from "../durable-promise.ts";
import { toError } from "../error-object.ts";
import { ChildContextError } from "../errors.ts";
import { operationId } from "../ids.ts";
import type { BatchItem, BatchResult, CompletionStatus, ParallelConfig } from "../types/batch.ts";
import { type ContextBody, childContext } from "./child-context.ts";

/** An item of a batch: what map and parallel have in common. */
export interface BatchEntry<T> {
  /** Of the user's choosing. */
  readonly name?: string | undefined;
  /** When the user chose none. */
  readonly defaultName: string;
  readonly run: ContextBody<T>;
}

/** Runs the entries in child contexts of one context, which ends when the completion config is content. */
export async function runBatch<T>(
  context: Context,
  kind: "map" | "parallel",
  name: string | undefined,
  entries: readonly BatchEntry<T>[],
  config: ParallelConfig<T>,
): Promise<BatchResult<T>> {
  const invalid = Completion.invalid(config.completionConfig, config.maxConcurrency);
  if (invalid) {
    context.execution.end({ kind: "failed", error: new Error(invalid) });
    return never();
  }
  const isMap = kind === "map";
  const run = (batch: Context, index: number): Promise<T> =>
    childContext(batch, kind, entries[index]!.name || entries[index]!.defaultName, entries[index]!.run, {
      subType: isMap ? "MapIteration" : "ParallelBranch",
      virtualContext: config.nesting === "FLAT",
      ...(config.itemSerdes && { serdes: config.itemSerdes }),
    }).outcome;
  const body = (batch: Context): Promise<BatchResult<T>> => {
    const items = new BatchItems(entries, new Completion(config.completionConfig), (index) =>
      run(batch, index),
    );
    return batch.mode === "rebuild"
      ? items.rebuild(batch)
      : items.start(config.maxConcurrency ?? Number.POSITIVE_INFINITY);
  };
  const { outcome } = childContext<BatchResult<T>>(context, kind, name, body, {
    subType: isMap ? "Map" : "Parallel",
    summaryGenerator: (result) =>
      summarize(isMap ? "MapResult" : "ParallelResult", result, config.summaryGenerator),
    serdes: config.serdes ?? (batchResultSerdes as NonNullable<typeof config.serdes>),
  });
  return restoreBatch(await outcome);
}

/** The items of one batch and how far they are. */
class BatchItems<T> {
  readonly #entries: readonly BatchEntry<T>[];
  readonly #completion: Completion;
  readonly #run: (index: number) => Promise<T>;
  readonly #items: BatchItem<T>[];
  #next = 0;
  #active = 0;
  #successes = 0;
  #failures = 0;

  constructor(entries: readonly BatchEntry<T>[], completion: Completion, run: (index: number) => Promise<T>) {
    this.#entries = entries;
    this.#completion = completion;
    this.#run = run;
    this.#items = new Array(entries.length);
  }

  /** Runs the items, `maxConcurrency` at a time, until the batch is over. Those still running are left behind. */
  start(maxConcurrency: number): Promise<BatchResult<T>> {
    return new Promise((resolve, reject) => {
      const startNext = (): void => {
        while (this.#active < maxConcurrency && this.#next < this.#entries.length) {
          if (!this.#completion.mayStart(this.#status())) break;
          const index = this.#next++;
          this.#active++;
          this.#items[index] = { index, status: "STARTED" };
          this.#settle(index).then(ended).catch(reject);
        }
      };
      let isOver = false;
      const ended = (): void => {
        this.#active--;
        if (isOver) return;
        isOver = this.#completion.isOver(this.#status());
        if (isOver) resolve(this.#result());
        else startNext();
      };
      startNext();
      if (this.#active === 0) resolve(this.#result());
    });
  }

  /** Makes the result of a batch again that is over: the items that had ended then, and no others. */
  async rebuild(batch: Context): Promise<BatchResult<T>> {
    const stored = batch.execution.operations.get(operationId(batch.position));
    const { reason, itemStatuses } = readSummary(stored?.ContextDetails?.Result);
    for (let index = 0; index < this.#entries.length; index++) {
      const letter = itemStatuses === undefined ? undefined : (itemStatuses[index] ?? "-");
      if (hadEnded(batch, index, letter)) await this.#settle(index);
      else batch.skip();
    }
    return this.#result(reason);
  }

  async #settle(index: number): Promise<void> {
    try {
      this.#items[index] = { result: await this.#run(index), index, status: "SUCCEEDED" };
      this.#successes++;
    } catch (thrown) {
      const cause = toError(thrown);
      const error = cause instanceof ChildContextError ? cause : new ChildContextError(cause.message, cause);
      this.#items[index] = { error, index, status: "FAILED" };
      this.#failures++;
    }
  }

  #result(reason = this.#completion.reason(this.#status())): BatchResult<T> {
    return new BatchResultOf(this.#items.filter(Boolean), reason);
  }

  #status(): CompletionStatus {
    const entries = this.#entries;
    const items = this.#items;
    return {
      successCount: this.#successes,
      failureCount: this.#failures,
      completedCount: this.#successes + this.#failures,
      totalCount: entries.length,
      // Made only for a predicate that looks: a batch of n items would otherwise make n lists of n.
      get items() {
        return entries.map(({ name }, index) => ({ index, name, status: items[index]?.status }));
      },
    };
  }
}

/** Whether an item had ended when its batch did: as the summary says, or, in older ones, as its operations show. */
function hadEnded(batch: Context, index: number, letter: string | undefined): boolean {
  const position = `${batch.position}-${index + 1}`;
  const { operations } = batch.execution;
  const isOver = (status: string | undefined): boolean => status === "SUCCEEDED" || status === "FAILED";
  const own = operations.get(operationId(position));
  if (letter !== undefined) return letter !== "-" && (!own || isOver(own.Status));
  if (own) return isOver(own.Status);
  for (let child = 1; ; child++) {
    const operation = operations.get(operationId(`${position}-${child}`));
    if (!operation) return child > 1;
    if (!isOver(operation.Status)) return false;
  }
}
