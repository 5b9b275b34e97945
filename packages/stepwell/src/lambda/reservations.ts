import { AwsError } from "../kernel/errors.ts";
import type { FunctionRecord } from "./record.ts";
import { functionArn } from "./reference.ts";

/**
 * Counts the invocations of functions that run on this node, of all versions together, to hold them to their reserved
 * concurrency (https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html).
 */
export class Reservations {
  readonly #running = new Map<string, number>();

  /** Runs an invocation; undefined, and nothing runs, when the function has no place left. */
  run<T>(
    { account, region, name, shared }: FunctionRecord,
    invoke: () => Promise<T>,
  ): Promise<T> | undefined {
    const arn = functionArn(account, region, name);
    const running = this.#running.get(arn) ?? 0;
    if (running >= (shared.reservedConcurrency ?? Number.POSITIVE_INFINITY)) return undefined;
    this.#running.set(arn, running + 1);
    return invoke().finally(() => {
      const others = this.#running.get(arn)! - 1;
      if (others > 0) this.#running.set(arn, others);
      else this.#running.delete(arn);
    });
  }
}

/** What a caller that waits for an answer is told when there is no place. */
export function throttled(): AwsError {
  return new AwsError("TooManyRequestsException", "Rate Exceeded.", {
    httpStatus: 429,
    fields: { Type: "User", Reason: "ReservedFunctionConcurrentInvocationLimitExceeded" },
  });
}
