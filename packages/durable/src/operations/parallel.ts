import type { Context } from "../context.ts";
import { DurablePromise } from "../durable-promise.ts";
import type { BatchResult, NamedParallelBranch, ParallelConfig, ParallelFunc } from "../types/batch.ts";
import { splitName } from "./arguments.ts";
import { runBatch } from "./batch.ts";

/** `context.parallel`. */
export function parallel(context: Context, args: unknown[]): DurablePromise<BatchResult<unknown>> {
  const [name, [branches, config]] = splitName(args);
  const outcome = runBranches(context, name, branches, config ?? {});
  outcome.catch(() => {}); // It is reported to whoever awaits the parallel, not as an unhandled rejection.
  return new DurablePromise(() => outcome);
}

async function runBranches<T>(
  context: Context,
  name: string | undefined,
  branches: (ParallelFunc<T> | NamedParallelBranch<T>)[],
  config: ParallelConfig<T>,
): Promise<BatchResult<T>> {
  if (!Array.isArray(branches)) throw new Error("Parallel operation requires an array of branch functions");
  const entries = branches.map((branch, index) => {
    const { name: branchName, func } =
      typeof branch === "function" ? { name: undefined, func: branch } : (branch ?? {});
    if (typeof func !== "function") {
      throw new Error("All branches must be functions or NamedParallelBranch objects");
    }
    return {
      name: branchName,
      defaultName: `parallel-branch-${index}`,
      run: (child: Context) => func(child),
    };
  });
  return runBatch(context, "parallel", name, entries, config);
}
