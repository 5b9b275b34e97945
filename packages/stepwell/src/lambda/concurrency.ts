import type { CallContext } from "../kernel/context.ts";
import type { Operation } from "../kernel/operations.ts";
import type { Store } from "../store/store.ts";
import { invalidParameter } from "./errors.ts";
import type { FunctionRecord } from "./record.ts";
import { LATEST, parseUnqualified } from "./reference.ts";
import { functions } from "./table.ts";

interface Named {
  readonly FunctionName: string;
}

/** AWS's quotas of an account in a region (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). */
const CONCURRENT_EXECUTIONS = 1000;
const LEAST_UNRESERVED = 100;
const TOTAL_CODE_BYTES = 80_530_636_800;
const ZIPPED_BYTES = 52_428_800;
const UNZIPPED_BYTES = 262_144_000;

/** Reserved concurrency, and GetAccountSettings, which tells what of the account's is left. */
export function concurrencyOperations(store: Store) {
  const everyVersion = (context: CallContext) =>
    functions.list(store, context, { name: "", version: "" }, true, Number.MAX_SAFE_INTEGER);
  const change = async (context: CallContext, name: string, reservedConcurrency: number | undefined) => {
    await functions.modify(store, context, name, (latest) => {
      const { reservedConcurrency: _, ...shared } = latest.shared;
      const reserved = reservedConcurrency === undefined ? {} : { reservedConcurrency };
      return { latest: { ...latest, shared: { ...shared, ...reserved } } };
    });
    return {};
  };

  return {
    async PutFunctionConcurrency(
      context: CallContext,
      input: Named & { readonly ReservedConcurrentExecutions: number },
    ) {
      const name = parseUnqualified(context, input.FunctionName);
      const { ReservedConcurrentExecutions } = input;
      const others = (await everyVersion(context)).filter((record) => record.name !== name);
      if (unreserved(others) - ReservedConcurrentExecutions < LEAST_UNRESERVED) {
        throw invalidParameter(
          "Specified ReservedConcurrentExecutions for function decreases account's " +
            `UnreservedConcurrentExecution below its minimum value of [${LEAST_UNRESERVED}].`,
        );
      }
      await change(context, name, ReservedConcurrentExecutions);
      return { ReservedConcurrentExecutions };
    },
    async DeleteFunctionConcurrency(context: CallContext, input: Named) {
      return change(context, parseUnqualified(context, input.FunctionName), undefined);
    },
    async GetFunctionConcurrency(context: CallContext, input: Named) {
      const latest = await functions.latest(store, context, parseUnqualified(context, input.FunctionName));
      return concurrencyOf(latest) ?? {};
    },
    async GetAccountSettings(context: CallContext) {
      const records = await everyVersion(context);
      return {
        AccountLimit: {
          TotalCodeSize: TOTAL_CODE_BYTES,
          CodeSizeUnzipped: UNZIPPED_BYTES,
          CodeSizeZipped: ZIPPED_BYTES,
          ConcurrentExecutions: CONCURRENT_EXECUTIONS,
          UnreservedConcurrentExecutions: unreserved(records),
        },
        AccountUsage: {
          TotalCodeSize: records.reduce((sum, { code }) => sum + ("folder" in code ? 0 : code.sizeBytes), 0),
          FunctionCount: records.filter(({ version }) => version === LATEST).length,
        },
      };
    },
  } satisfies Record<string, Operation>;
}

/** AWS's Concurrency of a function that has some reserved. */
export function concurrencyOf({ shared }: FunctionRecord) {
  const { reservedConcurrency } = shared;
  return reservedConcurrency === undefined
    ? undefined
    : { ReservedConcurrentExecutions: reservedConcurrency };
}

function unreserved(records: readonly FunctionRecord[]): number {
  const latest = records.filter(({ version }) => version === LATEST);
  return latest.reduce((left, { shared }) => left - (shared.reservedConcurrency ?? 0), CONCURRENT_EXECUTIONS);
}
