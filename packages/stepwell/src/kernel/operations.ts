import type { CallContext } from "./context.ts";
import { AwsError, NewerData } from "./errors.ts";

/** What an operation does, given a validated input; both are typed values (see schema/shape.ts), not JSON. */
// biome-ignore lint/suspicious/noExplicitAny: the table holds operations of every shape; each is typed where it is declared.
export type Operation = (context: CallContext, input: any) => Promise<unknown>;

/** Applies defaults and constraints to an input, or throws an AwsError that names what is wrong with it. */
export type InputCheck = (operation: string, input: unknown) => unknown;

/** Decides whether the caller may; throws an AwsError (AccessDeniedException) when not. */
export type Authorise = (context: CallContext, operation: string, input: unknown) => void;

/**
 * Every operation of every service, under its AWS name (`lambda.Invoke`). The wire, state machines, the console, the
 * CLI and the test kit call services through here and nowhere else, so that validation and authorisation exist once.
 */
export class OperationTable {
  readonly #operations = new Map<string, { readonly run: Operation; readonly check: InputCheck }>();
  readonly #check: InputCheck;
  readonly #authorise: Authorise;

  constructor(check: InputCheck, authorise: Authorise = () => {}) {
    this.#check = check;
    this.#authorise = authorise;
  }

  /** Adds a service's operations: `add("lambda", { Invoke: … })`; `check` for one that refuses inputs in its own way. */
  add(
    service: string,
    operations: Readonly<Record<string, Operation>>,
    check: InputCheck = this.#check,
  ): void {
    for (const [name, run] of Object.entries(operations)) {
      const full = `${service}.${name}`;
      if (this.#operations.has(full)) throw new Error(`The operation ${full} is declared twice.`);
      this.#operations.set(full, { run, check });
    }
  }

  has(name: string): boolean {
    return this.#operations.has(name);
  }

  /** Runs an operation. Every failure is an AwsError: what a service did not foresee becomes a ServiceException. */
  async call(context: CallContext, name: string, input: unknown): Promise<unknown> {
    const operation = this.#operations.get(name);
    if (!operation) throw unknownOperation(name);
    const checked = operation.check(name, input);
    this.#authorise(context, name, checked);
    try {
      return await operation.run(context, checked);
    } catch (error) {
      if (error instanceof AwsError) throw error;
      if (error instanceof NewerData) throw leftToNewer(name, error);
      context.log.error({ operation: name, requestId: context.requestId, error }, "operation failed");
      throw new AwsError("ServiceException", `${name} failed inside Stepwell; its log says why.`, {
        httpStatus: 500,
        cause: error,
      });
    }
  }
}

/** A client tries it again, and may reach a node of the newer version. */
function leftToNewer(name: string, cause: NewerData): AwsError {
  const message = `${name} cannot be answered by this node. ${cause.message} Ask a node of that version.`;
  return new AwsError("ServiceException", message, { httpStatus: 503, cause });
}

function unknownOperation(name: string): AwsError {
  return new AwsError("UnknownOperationException", `Stepwell does not have the operation ${name}.`, {
    httpStatus: 501,
  });
}
