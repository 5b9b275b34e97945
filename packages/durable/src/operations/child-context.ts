import type { Claim } from "../claim.ts";
import type { Context, Mode } from "../context.ts";
import { successAfterFailure } from "../determinism.ts";
import { DurablePromise, never } from "../durable-promise.ts";
import { toErrorObject } from "../error-object.ts";
import { ChildContextError, DurableOperationError } from "../errors.ts";
import { operationId } from "../ids.ts";
import { toOperationInfo } from "../operation-info.ts";
import { runInScope } from "../scope.ts";
import type { AnySerdes } from "../serdes.ts";
import type { ChildConfig } from "../types/operations.ts";
import type { OperationEndInfo } from "../types/plugin.ts";
import type { OperationUpdate } from "../types/wire.ts";
import { splitName } from "./arguments.ts";
import { hasBegunToUndo, isToBeUndone, undone } from "./compensate.ts";

/** Results above this are not stored: the context is run again over its children to make them again. */
const MOST_RESULT_BYTES = 256 * 1024;

export type ContextBody<T> = (context: Context) => Promise<T>;

/** `context.runInChildContext`. */
export function runInChildContext(context: Context, args: unknown[]): DurablePromise<unknown> {
  const [name, [fn, config]] = splitName(args);
  const { outcome } = childContext(context, "runInChildContext", name, fn, config ?? {});
  return new DurablePromise(() => outcome);
}

/** Claims a child context and runs its body. The outcome may be left unawaited. */
export function childContext<T>(
  context: Context,
  method: string,
  name: string | undefined,
  fn: ContextBody<T>,
  config: ChildConfig<T>,
  key?: string,
): { claim: Claim | undefined; outcome: Promise<T> } {
  const subType = config.subType ?? "RunInChildContext";
  const isVirtual = config.virtualContext === true;
  const claim = context.claim(method, { type: "CONTEXT", subType, name }, isVirtual, key);
  if (!claim) return { claim, outcome: never() };
  const outcome = runChild(claim, isVirtual, fn, config);
  outcome.catch(() => {}); // It is reported to whoever awaits the context, not as an unhandled rejection.
  return { claim, outcome };
}

async function runChild<T>(
  claim: Claim,
  isVirtual: boolean,
  fn: ContextBody<T>,
  config: ChildConfig<T>,
): Promise<T> {
  const { context, stored } = claim;
  const serdes = config.serdes ?? context.settings.serdes;
  const mapError = config.errorMapper ?? ((error) => new ChildContextError(error.message, error));
  if (stored?.Status === "FAILED") {
    const error = stored.ContextDetails?.Error;
    if (!error) throw new ChildContextError("Child context failed");
    throw mapError(DurableOperationError.fromErrorObject(error));
  }
  if (stored?.Status === "SUCCEEDED" && !stored.ContextDetails?.ReplayChildren) {
    return claim.deserialize(serdes, stored.ContextDetails?.Result);
  }

  const keepDepth = isVirtual ? context.keepDepth : Math.max(0, context.keepDepth - 1);
  const child = context.child(claim, { isVirtual, mode: modeOf(claim, isVirtual), keepDepth });
  if (child.mode === "rebuild") return rebuild(claim, child, fn, serdes, mapError);
  if (!isVirtual && !stored) claim.enqueue(claim.update("START"));
  await tellStart(claim, isVirtual);
  let result: T;
  let data: string | undefined;
  const update = claim.update("SUCCEED");
  try {
    result = await runBody(claim, child, fn);
    if (hasBegunToUndo(child)) throw successAfterFailure();
    child.finished = !isVirtual;
    data = await claim.serialize(serdes, result);
    const isLarge = data !== undefined && isAbove(data, MOST_RESULT_BYTES);
    const payload = isLarge ? (config.summaryGenerator?.(result) ?? "") : data;
    if (payload !== undefined) update.Payload = payload;
    // The body runs again on replay when its undo steps are still needed: they are functions, which nobody can store.
    const isKept = isLarge || keepDepth >= 1 || !child.undos.isEmpty;
    if (isKept) update.ContextOptions = { ReplayChildren: true };
  } catch (thrown) {
    const error = !child.finished && isToBeUndone(child) ? await undone(child, thrown) : thrown;
    child.finished = !isVirtual;
    const failure = claim.update("FAIL");
    failure.Error = toErrorObject(error);
    if (keepDepth >= 1) failure.ContextOptions = { ReplayChildren: true };
    const rebuilt = DurableOperationError.fromErrorObject(failure.Error);
    await conclude(claim, isVirtual, failure, { status: "FAILED", error: rebuilt });
    throw mapError(rebuilt);
  }
  context.undos.adopt(child.undos);
  await conclude(claim, isVirtual, update, { status: "SUCCEEDED" });
  return claim.deserialize(serdes, data);
}

/** Makes a result again that was too large to store: the body runs over its stored children, and stores nothing. */
async function rebuild<T>(
  claim: Claim,
  child: Context,
  fn: ContextBody<T>,
  serdes: AnySerdes,
  mapError: (error: DurableOperationError) => DurableOperationError,
): Promise<T> {
  try {
    const result = await child.run(fn);
    claim.context.undos.adopt(child.undos);
    return claim.deserialize(serdes, await claim.serialize(serdes, result));
  } catch (error) {
    throw mapError(DurableOperationError.fromErrorObject(toErrorObject(error)));
  }
}

function modeOf({ stored, position, context }: Claim, isVirtual: boolean): Mode {
  if (stored?.Status === "SUCCEEDED" || (isVirtual && context.mode === "rebuild")) return "rebuild";
  // A context that was under way repeats what its children have stored, and logs nothing until it is past that.
  return context.execution.operations.has(operationId(`${position}-1`)) ? "replay" : "execution";
}

function runBody<T>(claim: Claim, child: Context, fn: ContextBody<T>): Promise<T> {
  const { plugins } = child.execution;
  if (!plugins) return child.runBody(fn);
  const info = { ...claim.info(), isReplayingChildren: child.mode !== "execution" };
  return runInScope(child.scope, () =>
    plugins.wrap("wrapChildContextFn", info, () => child.runBody(fn)),
  ) as Promise<T>;
}

function tellStart(claim: Claim, isVirtual: boolean): Promise<void> | undefined {
  const isNew = !isVirtual && claim.stored === undefined;
  const info = { ...claim.info(), isReplay: !isNew, ...(isNew && { status: "STARTED" as const }) };
  return claim.context.execution.plugins?.run("onOperationStart", info);
}

/** Queues how the context ended. Nothing needs to wait for that: whatever follows is stored after it. */
async function conclude(
  claim: Claim,
  isVirtual: boolean,
  update: OperationUpdate,
  end: Pick<OperationEndInfo, "status" | "error">,
): Promise<void> {
  const { plugins } = claim.context.execution;
  if (!isVirtual) claim.enqueue(update);
  if (!plugins) return;
  const stored = claim.stored && toOperationInfo(claim.stored);
  await plugins.run("onOperationEnd", { ...stored, ...claim.info(), ...end, isReplay: isVirtual });
}

function isAbove(text: string, bytes: number): boolean {
  return text.length * 3 > bytes && Buffer.byteLength(text) > bytes;
}
