import { AwsError } from "../kernel/errors.ts";
import { untilStored } from "../kernel/until-stored.ts";
import { type WorkItem, work } from "../kernel/work.ts";
import type { FunctionCatalog, LambdaFunction } from "../lambda/function.ts";
import type { InvocationResult, Invokes } from "../lambda/host/host.ts";
import { tenantMisfit } from "../lambda/tenancy.ts";
import { Conflict } from "../store/errors.ts";
import type { Change } from "../store/store.ts";
import { type ChainedEnd, type ChainedParent, chainedSuccess, leaveForParent } from "./chained-work.ts";
import { errorObject } from "./errors.ts";
import type { Executions } from "./executions.ts";
import { readJournal } from "./journal.ts";
import type { RowDetails } from "./journal-row.ts";
import { parseArn } from "./keys.ts";
import { insertionOf, newExecution } from "./start.ts";

export interface ChainedInvokerOptions {
  readonly executions: Executions;
  readonly functions: FunctionCatalog;
  readonly host: Invokes;
}

/**
 * Carries a chained invoke out: a durable function is started as an execution of its own, whose end is left for the
 * waiting one; a plain function is called here, at least once. `onStart` is called when an instance has the call.
 */
export async function carryOutChainedInvoke(
  options: ChainedInvokerOptions,
  item: WorkItem,
  onStart: () => void,
): Promise<void> {
  const { executions, functions } = options;
  const { store, owner, clock, log } = executions;
  const parent = JSON.parse(item.data) as ChainedParent;
  const details = await startedDetails(executions, parent);
  const [account, region] = parent.execution.split("/") as [string, string];
  let end: ChainedEnd | "lost" | "started" | "pointless";
  try {
    // The waiting execution may have been removed since: then nobody waits.
    if (!details) end = "pointless";
    else {
      const fn = await chosenVersion(functions, account, region, details);
      const misfit = tenantMisfit(fn.perTenant, details.TenantId);
      if (misfit) throw misfit;
      end = fn.durable
        ? await startChild(executions, fn, parent, details, work.finish(item, owner))
        : await callFunction(options, fn, details, item.key, onStart);
    }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    end = { status: "FAILED", error: { ErrorType: error.code, ErrorMessage: error.message } };
  }
  if (end === "started") return;
  const what = `the end of the chained invoke ${item.key}`;
  // The function is not to be called again only because its result could not be stored at once.
  await untilStored({ clock, log, what, closing: () => executions.closing }, () => {
    const nowMs = clock.now();
    return store.commit(changesOf(end, item, owner, parent, nowMs), { key: parent.execution });
  });
  if (end === "lost") executions.wake(clock.now());
  else executions.chainedInvokeEnded(parent.execution);
}

function changesOf(
  end: ChainedEnd | "lost" | "pointless",
  item: WorkItem,
  owner: string,
  parent: ChainedParent,
  nowMs: number,
): readonly Change[] {
  if (end === "lost") return [work.release(item, owner, nowMs, nowMs)];
  if (end === "pointless") return [work.finish(item, owner)];
  return [work.finish(item, owner), ...leaveForParent(parent, nowMs, end)];
}

/** The version that was recorded: a name may stand for another one by now, or an alias choose another. */
async function chosenVersion(
  functions: FunctionCatalog,
  account: string,
  region: string,
  { FunctionName, ExecutedVersion }: RowDetails,
): Promise<LambdaFunction> {
  const fn = await functions.resolve(account, region, FunctionName!);
  if (ExecutedVersion === undefined || fn.version === ExecutedVersion) return fn;
  return functions.resolve(account, region, fn.name, ExecutedVersion);
}

/** What the waiting execution's journal says of the invoke. */
async function startedDetails(
  executions: Executions,
  { execution, operationId }: ChainedParent,
): Promise<RowDetails | undefined> {
  const rows = await readJournal(executions.store, execution);
  const row = rows.find(({ kind, data }) => kind === "ChainedInvokeStarted" && data.Id === operationId);
  return row?.data.details;
}

async function startChild(
  executions: Executions,
  fn: LambdaFunction,
  parent: ChainedParent,
  details: RowDetails,
  finished: Change,
): Promise<"started"> {
  // The function was not durable, or did not exist, when the invoke was recorded: then the child is named now.
  const planned =
    details.DurableExecutionArn === undefined ? undefined : parseArn(details.DurableExecutionArn);
  const draft = newExecution(executions, fn, {
    payload: details.Input?.Payload ?? "{}",
    synchronous: false,
    parent,
    ...(planned ? { name: planned.name, id: planned.id } : {}),
    ...(details.TenantId === undefined ? {} : { tenantId: details.TenantId }),
  });
  try {
    await executions.start(draft, insertionOf(draft, null), finished);
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    // Started by an earlier try, or this node has lost the item: either way it is somebody's, and not ours to repeat.
  }
  return "started";
}

async function callFunction(
  { executions, functions, host }: ChainedInvokerOptions,
  fn: LambdaFunction,
  details: RowDetails,
  attemptOf: string,
  onStart: () => void,
): Promise<ChainedEnd | "lost"> {
  const code = await functions.code(fn.account, fn.region, fn.name, fn.version);
  const { result } = await host.invoke({
    code,
    requestId: executions.ids.uuid(),
    invokedFunctionArn: `${fn.arn}:${fn.version}`,
    event: { json: details.Input?.Payload ?? "{}" },
    ...(details.TenantId === undefined ? {} : { tenantId: details.TenantId }),
    synchronous: false,
    attemptOf,
    onStart,
  });
  return endOf(result, executions.limits.operationPayloadBytes);
}

function endOf(result: InvocationResult, most: number): ChainedEnd | "lost" {
  if (!result.ok) {
    if (result.kind === "lost") return "lost";
    const status = result.error.errorType === "Sandbox.Timedout" ? "TIMED_OUT" : "FAILED";
    return { status, error: errorObject(result.error) };
  }
  return chainedSuccess(result.payload, most);
}
