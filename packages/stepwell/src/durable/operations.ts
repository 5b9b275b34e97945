import type { Operation as TableOperation } from "../kernel/operations.ts";
import type { FunctionCatalog } from "../lambda/function.ts";
import { completeCallback, stopExecution } from "./completions.ts";
import { invalidToken } from "./errors.ts";
import type { Executions } from "./executions.ts";
import { keyOfArn } from "./keys.ts";
import {
  getDurableExecution,
  getDurableExecutionHistory,
  type HistoryInput,
  type ListInput,
  listDurableExecutions,
  requireExecution,
} from "./queries.ts";
import type { CheckpointRequest, ErrorObject, StatePage, StateRequest } from "./types.ts";

/** Lambda's operations on durable executions. */
export function durableOperations(
  executions: Executions,
  functions: FunctionCatalog,
): Record<string, TableOperation> {
  const { store } = executions;
  return {
    /** https://docs.aws.amazon.com/lambda/latest/api/API_CheckpointDurableExecution.html */
    async CheckpointDurableExecution(_context, input: CheckpointRequest) {
      const reply = await portOf(executions, input.DurableExecutionArn).checkpoint(input);
      return reply;
    },
    /** https://docs.aws.amazon.com/lambda/latest/api/API_GetDurableExecutionState.html */
    GetDurableExecutionState(_context, input: StateRequest): Promise<StatePage> {
      return portOf(executions, input.DurableExecutionArn).getState(input);
    },
    GetDurableExecution: (_context, input) => getDurableExecution(store, input),
    GetDurableExecutionHistory: (_context, input: HistoryInput) => getDurableExecutionHistory(store, input),
    async ListDurableExecutionsByFunction(context, input: ListInput) {
      const { account, region } = context;
      const named = await functions.named(account, region, input.FunctionName, input.Qualifier);
      return listDurableExecutions(store, context, named, input);
    },
    /** https://docs.aws.amazon.com/lambda/latest/api/API_StopDurableExecution.html: idempotent, and no interruption. */
    async StopDurableExecution(context, input: { DurableExecutionArn: string; Error?: ErrorObject }) {
      const { key } = await requireExecution(store, input.DurableExecutionArn);
      const event = { type: "stop", ...(input.Error ? { error: input.Error } : {}) } as const;
      return { StopTimestamp: await stopExecution(executions, String(key), event, context.signal) };
    },
    async SendDurableExecutionCallbackSuccess(_context, input: { CallbackId: string; Result?: Uint8Array }) {
      await completeCallback(executions, input.CallbackId, {
        type: "callback-succeeded",
        ...(input.Result ? { result: Buffer.from(input.Result).toString("utf8") } : {}),
      });
      return {};
    },
    async SendDurableExecutionCallbackFailure(_context, input: { CallbackId: string; Error?: ErrorObject }) {
      await completeCallback(executions, input.CallbackId, {
        type: "callback-failed",
        error: input.Error ?? {},
      });
      return {};
    },
    async SendDurableExecutionCallbackHeartbeat(_context, input: { CallbackId: string }) {
      await completeCallback(executions, input.CallbackId, { type: "callback-heartbeat" });
      return {};
    },
  };
}

/** Checkpoints are legal only while an invocation runs, so its port is all there is to ask. */
function portOf(executions: Executions, arn: string) {
  const key = keyOfArn(arn);
  const port = key === undefined ? undefined : executions.held(key)?.port;
  if (!port) throw invalidToken("the execution does not exist, or no invocation of it is running.");
  return port;
}
