import { DEFAULT_ACCOUNT, DEFAULT_REGION } from "../../kernel/context.ts";
import { AwsError } from "../../kernel/errors.ts";
import type { FunctionCatalog, LambdaFunction, NamedVersions } from "../../lambda/function.ts";
import type { FunctionCode } from "../../lambda/host/host.ts";
import type { InlineHandler } from "../../lambda/host/inline.ts";
import { functionArn } from "../../lambda/reference.ts";
import { DurableTestError } from "../errors.ts";

/** As long as AWS lets an execution run: 366 days. */
export const LONGEST_EXECUTION_SECONDS = 366 * 86_400;
/** As long as AWS lets an invocation run. */
const LONGEST_INVOCATION_MS = 900_000;
const MEMORY_MB = 1024;
const RETENTION_DAYS = 90;

interface TestFunction {
  readonly fn: LambdaFunction;
  readonly handler: InlineHandler;
}

/** The functions of a test: the one under test, and those that it invokes. */
export class TestFunctions implements FunctionCatalog {
  readonly #byReference = new Map<string, TestFunction>();
  readonly #byName = new Map<string, TestFunction>();

  /**
   * Adds a function. `reference` is what handlers call it: a name, with a qualifier or not, or an ARN.
   * `executionTimeoutSeconds` is given for a durable function. Throws a DurableTestError for a reference that is taken.
   */
  add(reference: string, handler: InlineHandler, executionTimeoutSeconds?: number): LambdaFunction {
    if (typeof handler !== "function") {
      throw new DurableTestError(`The function "${reference}" is no function: it is ${String(handler)}.`);
    }
    if (this.#byReference.has(reference)) {
      throw new DurableTestError(
        `There are two functions named "${reference}": give it in \`functions\` or in \`durableFunctions\`.`,
      );
    }
    const name = this.#freeName(reference);
    const fn: LambdaFunction = {
      account: DEFAULT_ACCOUNT,
      region: DEFAULT_REGION,
      name,
      arn: functionArn(DEFAULT_ACCOUNT, DEFAULT_REGION, name),
      version: "$LATEST",
      ...(executionTimeoutSeconds === undefined
        ? {}
        : { durable: { executionTimeoutSeconds, retentionDays: RETENTION_DAYS } }),
    };
    this.#byReference.set(reference, { fn, handler });
    this.#byName.set(name, { fn, handler });
    return fn;
  }

  /** All handlers, by the ARNs of their functions. */
  *handlers(): Iterable<readonly [functionArn: string, handler: InlineHandler]> {
    for (const { fn, handler } of this.#byName.values()) yield [fn.arn, handler];
  }

  async find(_account: string, _region: string, name: string): Promise<LambdaFunction | undefined> {
    return this.#byName.get(name)?.fn;
  }

  async named(
    account: string,
    region: string,
    reference: string,
    qualifier?: string,
  ): Promise<NamedVersions> {
    const { name } = await this.resolve(account, region, reference);
    return { name, ...(qualifier === undefined ? {} : { versions: [qualifier] }) };
  }

  /** By exactly what it was added as, else by its name whatever the qualifier. */
  async resolve(_account: string, _region: string, reference: string): Promise<LambdaFunction> {
    const found = this.#byReference.get(reference) ?? this.#byName.get(nameIn(reference));
    if (found) return found.fn;
    throw new AwsError(
      "ResourceNotFoundException",
      `Function not found: ${reference}. A test has to bring the functions that its handler invokes: give ` +
        `"${reference}" in the option \`functions\` or \`durableFunctions\` of testDurable.`,
      { httpStatus: 404, fields: { Type: "User" } },
    );
  }

  async code(_account: string, _region: string, name: string): Promise<FunctionCode> {
    const { fn } = this.#byName.get(name)!;
    return {
      functionArn: fn.arn,
      functionName: name,
      version: fn.version,
      revision: "1",
      folder: process.cwd(),
      handler: "index.handler",
      memoryMb: MEMORY_MB,
      timeoutMs: LONGEST_INVOCATION_MS,
      concurrency: 1,
      environment: {},
      logGroup: `/aws/lambda/${name}`,
    };
  }

  /** Two references may have the same name and differ in what is around it; in ARNs they need names of their own. */
  /** Adds the function under test, by the name `handler` or, where that is taken, by one that nobody calls. */
  addTested(handler: InlineHandler, executionTimeoutSeconds: number): LambdaFunction {
    const reference = this.#byReference.has("handler") ? "handler under test" : "handler";
    return this.add(reference, handler, executionTimeoutSeconds);
  }

  #freeName(reference: string): string {
    const name = nameIn(reference).replace(/[^a-zA-Z0-9-_]/g, "-");
    if (!this.#byName.has(name)) return name;
    for (let i = 2; ; i++) if (!this.#byName.has(`${name}-${i}`)) return `${name}-${i}`;
  }
}

/** The name in `NAME`, `NAME:QUALIFIER` or an ARN of either. */
function nameIn(reference: string): string {
  const match = /^(?:arn:[^:]*:lambda:[^:]*:[^:]*:function:|function:)?([^:]+)/.exec(reference);
  return match?.[1] ?? reference;
}
