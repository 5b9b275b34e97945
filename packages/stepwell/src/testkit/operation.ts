import type { ErrorObject, Operation, OperationStatus, OperationType } from "../durable/types.ts";
import { DurableTestError } from "./errors.ts";
import { isOver, parsedPayload, type RunView } from "./run-view.ts";

/** Which operation: by name (and index among those of that name), by index in order of creation, or by id. */
export type OperationSelector =
  | { readonly name: string; readonly index?: number }
  | { readonly index: number }
  | { readonly id: string };

/**
 * An operation of a run: a step, wait, callback, context or chained invoke. It can be asked for before it exists; its
 * properties are as of the last thing that the test awaited, and throw while there is no such operation.
 */
export class TestOperation<TResult = unknown> {
  readonly #run: RunView;
  readonly #selector: OperationSelector;

  /** Tests get them from `run.operation(…)`. */
  constructor(run: RunView, selector: OperationSelector) {
    this.#run = run;
    this.#selector = selector;
  }

  /** Resolves once it has begun. Rejects when the execution ends without it. */
  started(): Promise<this> {
    return this.#until("begun", () => true);
  }

  /** Resolves once it has begun, is not over, and nothing is running: all there is to do is to wait for it. */
  waiting(): Promise<this> {
    return this.#until("come to wait", (operation, quiet) => {
      if (isOver(operation)) {
        throw this.#run.failure(`${this.#label} does not wait any more: it is ${operation.Status}.`);
      }
      return quiet;
    });
  }

  /** Resolves once it is over, whatever its outcome. */
  ended(): Promise<this> {
    return this.#until("ended", isOver);
  }

  get exists(): boolean {
    return this.#found !== undefined;
  }
  get id(): string {
    return this.#required.Id;
  }
  get name(): string | undefined {
    return this.#required.Name;
  }
  get type(): OperationType {
    return this.#required.Type;
  }
  /** What the SDK calls it, such as `WaitForCallback` or `MapIteration`. */
  get subType(): string | undefined {
    return this.#required.SubType;
  }
  get status(): OperationStatus {
    return this.#required.Status;
  }
  /** How many attempts of a step have ended; 1 for one that succeeded at once. */
  get attempts(): number {
    return this.#required.StepDetails?.Attempt ?? 0;
  }
  /** What it resulted in: parsed JSON, or the text where it is none. */
  get result(): TResult {
    return parsedPayload(this.#details?.Result) as TResult;
  }
  get error(): ErrorObject | undefined {
    return this.#details?.Error;
  }
  get startedAt(): Date {
    return new Date(this.#required.StartTimestamp);
  }
  get endedAt(): Date | undefined {
    const { EndTimestamp } = this.#required;
    return EndTimestamp === undefined ? undefined : new Date(EndTimestamp);
  }
  /** The context it is in. */
  get parent(): TestOperation | undefined {
    const { ParentId } = this.#required;
    return ParentId === undefined ? undefined : new TestOperation(this.#run, { id: ParentId });
  }
  /** The operations in a context, in order of creation. */
  get children(): readonly TestOperation[] {
    const { Id } = this.#required;
    return this.#run.operations
      .filter(({ ParentId }) => ParentId === Id)
      .map(({ Id: id }) => new TestOperation(this.#run, { id }));
  }

  async #until(what: string, reached: (operation: Operation, quiet: boolean) => boolean): Promise<this> {
    await this.#run.until(`${this.#label} has not ${what}`, (quiet) => {
      const operation = this.#found;
      if (operation && reached(operation, quiet)) return true;
      return undefined;
    });
    return this;
  }

  get #found(): Operation | undefined {
    const { operations } = this.#run;
    const selector = this.#selector;
    if ("id" in selector) return operations.find(({ Id }) => Id === selector.id);
    const all = "name" in selector ? operations.filter(({ Name }) => Name === selector.name) : operations;
    return all[selector.index ?? 0];
  }

  get #required(): Operation {
    const operation = this.#found;
    if (operation) return operation;
    const names = this.#run.operations.map(({ Name, Id }) => Name ?? Id).join(", ");
    throw new DurableTestError(`There is no ${this.#label}${names ? `; there are: ${names}` : " yet"}.`);
  }

  get #details() {
    const { StepDetails, ContextDetails, CallbackDetails, ChainedInvokeDetails } = this.#required;
    return StepDetails ?? ContextDetails ?? CallbackDetails ?? ChainedInvokeDetails;
  }

  get #label(): string {
    const selector = this.#selector;
    if ("id" in selector) return `operation with id ${selector.id}`;
    if (!("name" in selector)) return `operation number ${selector.index}`;
    return `operation "${selector.name}"${selector.index ? ` (number ${selector.index})` : ""}`;
  }
}
