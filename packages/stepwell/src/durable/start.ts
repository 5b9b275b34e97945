import { createHash } from "node:crypto";
import type { CallContext } from "../kernel/context.ts";
import { AwsError } from "../kernel/errors.ts";
import type { DurableEnd, DurableStart, DurableStarted, LambdaFunction } from "../lambda/function.ts";
import { Conflict } from "../store/errors.ts";
import type { Change, Row } from "../store/store.ts";
import type { Executions } from "./executions.ts";
import { readEnd } from "./journal.ts";
import type { ExecutionIdentity } from "./journal-row.ts";
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
  const { store, waiters } = executions;
  const draft = newExecution(executions, fn, {
    payload,
    synchronous,
    ...(request.executionName === undefined ? {} : { name: request.executionName }),
    ...(request.tenantId === undefined ? {} : { tenantId: request.tenantId }),
    ...(request.traceHeader === undefined ? {} : { traceHeader: request.traceHeader }),
  });
  const { key, arn, name } = draft.header.identity;
  const inputHash = request.executionName === undefined ? null : hashOf(payload, request.tenantId);
  // Whoever waits must do so before the execution can end.
  const waiting = synchronous ? waiters.wait(key, context.signal) : undefined;
  try {
    await executions.start(draft, insertionOf(draft, inputHash));
  } catch (error) {
    waiting?.cancel();
    if (!(error instanceof Conflict) || request.executionName === undefined) throw error;
    const [existing] = await store.read(find.executionByName, [fn.account, fn.region, fn.name, name]);
    // Removed in this moment.
    if (!existing) return startExecution(executions, context, request);
    if (existing.expires_at !== null && Number(existing.expires_at) <= draft.nowMs) {
      await removeNow(executions, String(existing.key), draft.nowMs);
      return startExecution(executions, context, request);
    }
    return attach(executions, context, existing, inputHash!, synchronous);
  }
  return { executionArn: arn, ...(waiting ? { ended: waiting.ended } : {}) };
}

/** Past its retention a name is free again, also before housekeeping has come by. */
async function removeNow({ store }: Executions, key: string, nowMs: number): Promise<void> {
  await store.commit(change.removeExecution(key, nowMs), { key }).catch((error: unknown) => {
    // Somebody else has removed it.
    if (!(error instanceof Conflict)) throw error;
  });
}

export interface NewExecution
  extends Pick<ExecutionIdentity, "synchronous" | "tenantId" | "traceHeader" | "parent"> {
  readonly payload: string;
  /** A UUID, unless it is drawn here. */
  readonly id?: string;
  readonly name?: string;
}

/** A draft of an execution that is to begin. */
export function newExecution(
  { ids, clock, nextNumber }: Executions,
  fn: LambdaFunction,
  { payload, id = ids.orderedUuid(), name = id, ...more }: NewExecution,
): Draft {
  const { account, region } = fn;
  const identity: ExecutionIdentity = {
    number: nextNumber(),
    key: executionKey(account, region, id),
    arn: formatArn({ account, region, functionName: fn.name, version: fn.version, name, id }),
    name,
    functionName: fn.name,
    version: fn.version,
    executionTimeoutSeconds: fn.durable!.executionTimeoutSeconds,
    retentionDays: fn.durable!.retentionDays,
    ...more,
  };
  return Draft.begin(identity, payload, clock.now());
}

/** The execution's own row. */
export function insertionOf({ header, nowMs }: Draft, inputHash: string | null): Change {
  const { number, key, arn, name, functionName, version } = header.identity;
  const [account, region] = key.split("/") as [string, string];
  return change.insertExecution({
    number,
    key,
    account,
    region,
    functionName,
    version,
    name,
    arn,
    startedAtMs: nowMs,
    inputHash,
  });
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
  const waiting = executions.waiters.wait(key, context.signal);
  try {
    return (await readEnd(executions.store, key)) ?? (await waiting.ended);
  } finally {
    waiting.cancel();
  }
}

/** Two tenants never share an execution, whatever its name and payload. */
function hashOf(payload: string, tenantId: string | undefined): string {
  const hash = createHash("sha256").update(payload);
  if (tenantId !== undefined) hash.update(`\0${tenantId}`);
  return hash.digest("hex");
}
