import { createHash } from "node:crypto";
import type { CallContext } from "../kernel/context.ts";
import { AwsError } from "../kernel/errors.ts";
import type { DurableEnd, DurableStart, DurableStarted } from "../lambda/function.ts";
import { Conflict } from "../store/errors.ts";
import type { Row } from "../store/store.ts";
import type { Executions } from "./executions.ts";
import { readRows } from "./journal.ts";
import { executionKey, formatArn } from "./keys.ts";
import { Draft } from "./machine.ts";
import { change, find } from "./tables.ts";

/**
 * Starts an execution, or finds the one that has its name
 * (https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-idempotency.html): the same name with the same
 * payload is the same execution, running or closed; with another payload it is refused.
 */
export async function startExecution(
  executions: Executions,
  context: CallContext,
  request: DurableStart,
): Promise<DurableStarted> {
  const { fn, payload, synchronous } = request;
  const { ids, store, waiters } = executions;
  const id = ids.orderedUuid();
  const name = request.executionName ?? ids.uuid();
  const place = { account: fn.account, region: fn.region, functionName: fn.name, version: fn.version, name };
  const key = executionKey(fn.account, fn.region, id);
  const arn = formatArn({ ...place, id });
  const startedAtMs = executions.clock.now();
  const inputHash = request.executionName === undefined ? null : hashOf(payload);
  const identity = {
    key,
    arn,
    name,
    functionName: fn.name,
    version: fn.version,
    executionTimeoutSeconds: fn.durable!.executionTimeoutSeconds,
    synchronous,
    ...(request.tenantId === undefined ? {} : { tenantId: request.tenantId }),
    ...(request.traceHeader === undefined ? {} : { traceHeader: request.traceHeader }),
  };
  // Whoever waits must do so before the execution can end.
  const ended = synchronous ? waiters.wait(key, context.signal) : undefined;
  try {
    const insertion = change.insertExecution({ key, ...place, arn, startedAtMs, inputHash });
    await executions.start(Draft.begin(identity, payload, startedAtMs), insertion);
  } catch (error) {
    if (!(error instanceof Conflict) || request.executionName === undefined) throw error;
    const [existing] = await store.read(find.executionByName, [fn.account, fn.region, fn.name, name]);
    if (!existing) throw error;
    return attach(executions, context, existing, inputHash!, synchronous);
  }
  return { executionArn: arn, ...(ended ? { ended } : {}) };
}

async function attach(
  executions: Executions,
  context: CallContext,
  row: Row,
  inputHash: string,
  synchronous: boolean,
): Promise<DurableStarted> {
  const arn = String(row.arn);
  if (row.input_hash !== inputHash) {
    throw new AwsError(
      "DurableExecutionAlreadyStartedException",
      `A durable execution named ${row.name} was already started with another payload: ${arn}`,
      { httpStatus: 409, fields: { Type: "User" } },
    );
  }
  if (!synchronous) return { executionArn: arn };
  return { executionArn: arn, ended: endOf(executions, context, String(row.key)) };
}

/** The end of an execution that may be over already: waiting begins before looking. */
async function endOf(
  executions: Executions,
  context: CallContext,
  key: string,
): Promise<DurableEnd | undefined> {
  const waited = executions.waiters.wait(key, context.signal);
  const [, last] = await readRows(executions.store, find.outline, [key]);
  if (!last) return waited;
  const status = STATUS[last.kind as keyof typeof STATUS];
  const { Result, Error: error } = last.data.details!;
  executions.waiters.settle(key, {
    status,
    ...(Result?.Payload === undefined ? {} : { result: Result.Payload }),
    ...(error?.Payload === undefined ? {} : { error: error.Payload }),
  });
  return waited;
}

const STATUS = {
  ExecutionSucceeded: "SUCCEEDED",
  ExecutionFailed: "FAILED",
  ExecutionTimedOut: "TIMED_OUT",
  ExecutionStopped: "STOPPED",
} as const;

function hashOf(payload: string): string {
  return createHash("sha256").update(payload).digest("hex");
}
