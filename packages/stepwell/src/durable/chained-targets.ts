import { AwsError } from "../kernel/errors.ts";
import type { Ids } from "../kernel/ids.ts";
import type { FunctionCatalog } from "../lambda/function.ts";
import { formatArn } from "./keys.ts";
import type { OperationUpdate } from "./types.ts";
import type { ChainedTarget } from "./updates.ts";

/** By the id of the operation that invokes. */
export type ChainedTargets = ReadonlyMap<string, ChainedTarget>;
/** Looks up what some chained invokes name, before a decision that must not look up anything. */
export type FindTargets = (execution: string, updates: readonly OperationUpdate[]) => Promise<ChainedTargets>;

/**
 * A function that does not exist is left out: the invoke is recorded all the same, and fails when it is carried out,
 * so that the handler gets an InvokeError and not a refused checkpoint.
 */
export function targetFinder(functions: FunctionCatalog, ids: Ids): FindTargets {
  return async (execution, updates) => {
    const [account, region] = execution.split("/") as [string, string];
    const targets = new Map<string, ChainedTarget>();
    for (const update of updates) {
      try {
        const fn = await functions.resolve(account, region, update.ChainedInvokeOptions?.FunctionName ?? "");
        const place = { account, region, functionName: fn.name, version: fn.version };
        targets.set(update.Id, {
          executedVersion: fn.version,
          // The child's id is drawn here, so that carrying the invoke out twice starts it once.
          ...(fn.durable
            ? { executionArn: formatArn({ ...place, name: ids.uuid(), id: ids.orderedUuid() }) }
            : {}),
        });
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
      }
    }
    return targets;
  };
}
