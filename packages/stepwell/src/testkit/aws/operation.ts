import type { ErrorObject, OperationSubType } from "@aws/durable-execution-sdk-js";
import type { Event } from "@aws-sdk/client-lambda";
import { parsedPayload } from "../run-view.ts";
import { type ExecutionRecord, type RecordedOperation, resultError } from "./record.ts";
import {
  type CallbackDetails,
  type ChainedInvokeDetails,
  type ContextDetails,
  type DurableOperation,
  type Operation,
  type OperationStatus,
  type OperationType,
  type StepDetails,
  WaitingOperationStatus,
  type WaitResultDetails,
} from "./types.ts";

/** What operations need of the runner that they belong to. */
export interface OperationSource {
  /** What is known of the execution now; undefined before there is one. */
  readonly record: ExecutionRecord | undefined;
  /** Resolves once `reached`. Rejects when the execution ends before: `status` is what was expected. */
  until(reached: () => boolean, status: WaitingOperationStatus): Promise<void>;
  /** SendDurableExecutionCallbackSuccess, -Failure or -Heartbeat. */
  complete(
    how: "Success" | "Failure" | "Heartbeat",
    input: { readonly CallbackId: string; readonly Result?: Uint8Array; readonly Error?: ErrorObject },
  ): Promise<object>;
}

/** An operation as AWS's testing library has it. */
class RunnerOperation<TResult> implements DurableOperation<TResult> {
  readonly #source: OperationSource;
  readonly #find: (operations: readonly RecordedOperation[]) => RecordedOperation | undefined;

  /** `find` picks it among all operations, in order of creation. */
  constructor(
    source: OperationSource,
    find: (operations: readonly RecordedOperation[]) => RecordedOperation | undefined,
  ) {
    this.#source = source;
    this.#find = find;
  }

  async waitForData(status: WaitingOperationStatus = WaitingOperationStatus.STARTED): Promise<this> {
    await this.#source.until(() => this.#has(status), status);
    return this;
  }

  getContextDetails(): ContextDetails<TResult> | undefined {
    const { ContextDetails } = this.#dataOf("CONTEXT") ?? {};
    if (!this.#found) return undefined;
    return { result: parsed(ContextDetails?.Result), error: resultError(ContextDetails?.Error) };
  }

  getStepDetails(): StepDetails<TResult> | undefined {
    const { StepDetails: details } = this.#dataOf("STEP") ?? {};
    if (!this.#found) return undefined;
    return {
      attempt: details?.Attempt,
      nextAttemptTimestamp: details?.NextAttemptTimestamp,
      result: parsed(details?.Result),
      error: resultError(details?.Error),
    };
  }

  getChainedInvokeDetails(): ChainedInvokeDetails<TResult> | undefined {
    const { ChainedInvokeDetails } = this.#dataOf("CHAINED_INVOKE") ?? {};
    if (!this.#found) return undefined;
    return outcome(ChainedInvokeDetails?.Result, ChainedInvokeDetails?.Error);
  }

  getCallbackDetails(): CallbackDetails<TResult> | undefined {
    const data = this.getOperationData();
    if (!data) return undefined;
    if (!this.isCallback() && !this.isWaitForCallback()) {
      throw new Error(
        `Operation with Type ${data.Type} and SubType ${data.SubType} is not a valid callback: it is ${labelOf(data)}.`,
      );
    }
    const callback = this.isCallback() ? data : this.#child("CALLBACK");
    const { CallbackId, Result, Error: failure } = callback?.CallbackDetails ?? {};
    if (CallbackId === undefined) {
      throw new Error(
        `Could not find callback ID in callback details: that of ${labelOf(data)} has not been created. Use waitForData() first.`,
      );
    }
    return { callbackId: CallbackId, ...outcome<TResult>(Result, failure) };
  }

  getWaitDetails(): WaitResultDetails | undefined {
    this.#dataOf("WAIT");
    const started = this.#found?.events[0]?.WaitStartedDetails;
    if (!started) return undefined;
    const { Duration, ScheduledEndTimestamp } = started;
    return { waitSeconds: Duration, scheduledEndTimestamp: ScheduledEndTimestamp } as WaitResultDetails;
  }

  getChildOperations(): DurableOperation[] | undefined {
    const id = this.getId();
    if (id === undefined) return undefined;
    return this.#children.map(({ operation: { Id } }) => operationById(this.#source, Id!));
  }

  getOperationData(): Operation | undefined {
    return this.#found?.operation;
  }
  getEvents(): Event[] | undefined {
    return this.#found?.events;
  }
  getId(): string | undefined {
    return this.#found?.operation.Id;
  }
  getParentId(): string | undefined {
    return this.#found?.operation.ParentId;
  }
  getName(): string | undefined {
    return this.#found?.operation.Name;
  }
  getType(): OperationType | undefined {
    return this.#found?.operation.Type;
  }
  getSubType(): OperationSubType | undefined {
    return this.#found?.operation.SubType as OperationSubType | undefined;
  }
  getStatus(): OperationStatus | undefined {
    return this.#found?.operation.Status;
  }
  getStartTimestamp(): Date | undefined {
    return this.#found?.operation.StartTimestamp;
  }
  getEndTimestamp(): Date | undefined {
    return this.#found?.operation.EndTimestamp;
  }

  isWaitForCallback(): boolean {
    return this.#is("CONTEXT") && this.getSubType() === ("WaitForCallback" as OperationSubType);
  }
  isCallback(): boolean {
    return this.#is("CALLBACK");
  }

  sendCallbackSuccess(result?: string): Promise<object> {
    return this.#complete("Success", result === undefined ? {} : { Result: Buffer.from(result) });
  }
  sendCallbackFailure(error?: ErrorObject): Promise<object> {
    return this.#complete("Failure", error ? { Error: error } : {});
  }
  sendCallbackHeartbeat(): Promise<object> {
    return this.#complete("Heartbeat", {});
  }

  /** Throws at once when there is nothing to complete, as AWS's does. */
  #complete(how: "Success" | "Failure" | "Heartbeat", input: object): Promise<object> {
    const details = this.getCallbackDetails();
    if (!details) {
      throw new Error(
        "Could not find callback details: there is no such operation yet. Use waitForData() first.",
      );
    }
    return this.#source.complete(how, { CallbackId: details.callbackId, ...input });
  }

  #has(status: WaitingOperationStatus): boolean {
    if (!this.#found) return false;
    if (!this.isWaitForCallback()) {
      return status === WaitingOperationStatus.STARTED || isOver(this.#found.operation);
    }
    // What is awaited of a waitForCallback is its callback: with the context alone nothing could be done.
    const callback = this.#child("CALLBACK");
    if (!callback) return isOver(this.#found.operation);
    if (status === WaitingOperationStatus.STARTED || isOver(callback)) return true;
    const submitter = this.#child("STEP");
    return status === WaitingOperationStatus.SUBMITTED && submitter !== undefined && isOver(submitter);
  }

  get #found(): RecordedOperation | undefined {
    return this.#find(this.#source.record?.operations ?? []);
  }

  get #children(): readonly RecordedOperation[] {
    const id = this.getId();
    return (this.#source.record?.operations ?? []).filter(({ operation }) => operation.ParentId === id);
  }

  #child(type: string): Operation | undefined {
    return this.#children.find(({ operation }) => (operation.Type as string) === type)?.operation;
  }

  #is(type: string): boolean {
    return (this.getType() as string | undefined) === type;
  }

  #dataOf(type: string): Operation | undefined {
    const data = this.getOperationData();
    if (data && !this.#is(type)) {
      const asked = type === "CHAINED_INVOKE" ? "INVOKE" : type;
      throw new Error(`Operation type ${data.Type} is not ${asked}: it is ${labelOf(data)}.`);
    }
    return data;
  }
}

/** The ways that runners offer to name an operation. */
export function operationByName<T>(source: OperationSource, name: string, index = 0): DurableOperation<T> {
  return new RunnerOperation<T>(source, (all) =>
    all.filter(({ operation }) => operation.Name === name).at(index),
  );
}
export function operationByIndex<T>(source: OperationSource, index: number): DurableOperation<T> {
  return new RunnerOperation<T>(source, (all) => all.at(index));
}
export function operationById<T>(source: OperationSource, id: string): DurableOperation<T> {
  return new RunnerOperation<T>(source, (all) => all.find(({ operation }) => operation.Id === id));
}

function labelOf({ Name, Id }: Operation): string {
  return Name === undefined ? `the one with id ${Id}` : `"${Name}"`;
}

function isOver({ Status }: Operation): boolean {
  return !["STARTED", "PENDING", "READY"].includes(Status as string);
}

function parsed<T>(text: string | undefined): T | undefined {
  return parsedPayload(text) as T | undefined;
}

function outcome<T>(result: string | undefined, error: ErrorObject | undefined): ChainedInvokeDetails<T> {
  return { error: resultError(error), result: parsed<T>(result) } as ChainedInvokeDetails<T>;
}
