import type { ErrorObject, Operation } from "../durable/types.ts";
import { DurableTestError } from "./errors.ts";
import { isOver, type RunView } from "./run-view.ts";

/** What a callback can fail with: an Error, its message, or AWS's ErrorObject. */
export type CallbackFailure = Error | string | ErrorObject;

/**
 * A callback of a run: one that createCallback made, or the one inside a waitForCallback of that name. It can be
 * completed before it exists: that waits until it does, and for the submitter of a waitForCallback to be done.
 */
export class TestCallback {
  readonly #run: RunView;
  readonly #name: string;
  readonly #index: number;

  /** Tests get them from `run.callback(…)`. */
  constructor(run: RunView, name: string, index: number) {
    this.#run = run;
    this.#name = name;
    this.#index = index;
  }

  /** Resolves to its id once something outside may complete it. */
  async id(): Promise<string> {
    const label = `callback "${this.#name}"${this.#index ? ` (number ${this.#index})` : ""}`;
    const operation = await this.#run.until(`${label} has not been created`, () => {
      const found = this.#found;
      return found && (isOver(found) || this.#submitted(found)) ? found : undefined;
    });
    return operation.CallbackDetails!.CallbackId!;
  }

  /** Completes it. A text is sent as it is, anything else as JSON: what the handler gets is up to its serdes. */
  async succeed(result?: unknown): Promise<void> {
    await this.#complete("Success", result === undefined ? {} : { Result: bytesOf(result) });
  }

  async fail(failure: CallbackFailure = {}): Promise<void> {
    await this.#complete("Failure", { Error: errorObjectOf(failure) });
  }

  /** Says that whoever is to complete it is alive. */
  async heartbeat(): Promise<void> {
    await this.#complete("Heartbeat", {});
  }

  async #complete(how: "Success" | "Failure" | "Heartbeat", input: object): Promise<void> {
    const CallbackId = await this.id();
    await this.#run.call(`SendDurableExecutionCallback${how}`, { CallbackId, ...input });
  }

  get #found(): Operation | undefined {
    const { operations } = this.#run;
    const isIt = ({ Type, Name, ParentId }: Operation): boolean => {
      if (Type !== "CALLBACK") return false;
      if (Name === this.#name) return true;
      const parent = operations.find(({ Id }) => Id === ParentId);
      return parent?.SubType === "WaitForCallback" && parent.Name === this.#name;
    };
    return operations.filter(isIt)[this.#index];
  }

  /** Whether whoever is to complete it has been told of it. */
  #submitted({ ParentId }: Operation): boolean {
    const siblings = this.#run.operations.filter((operation) => operation.ParentId === ParentId);
    const parent = this.#run.operations.find(({ Id }) => Id === ParentId);
    if (parent?.SubType !== "WaitForCallback") return true;
    return siblings.some((sibling) => sibling.Type === "STEP" && isOver(sibling));
  }
}

export function bytesOf(result: unknown): Uint8Array {
  return Buffer.from(typeof result === "string" ? result : (jsonOf(result, "The callback's result") ?? ""));
}

/** A value as JSON; undefined for one that has none. `what` begins the error for one that cannot be written. */
export function jsonOf(value: unknown, what: string): string | undefined {
  try {
    const json = JSON.stringify(value);
    if (json !== undefined || value === undefined) return json;
  } catch (error) {
    throw new DurableTestError(`${what} cannot be written as JSON: ${(error as Error).message}`);
  }
  throw new DurableTestError(`${what} cannot be written as JSON: it is a ${typeof value}.`);
}

export function errorObjectOf(failure: CallbackFailure): ErrorObject {
  if (typeof failure === "string") return { ErrorType: "Error", ErrorMessage: failure };
  if (failure instanceof Error) return { ErrorType: failure.name, ErrorMessage: failure.message };
  return failure;
}
