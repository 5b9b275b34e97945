import { AwsError } from "../kernel/errors.ts";
import type { FunctionRecord } from "./record.ts";
import { functionArn } from "./reference.ts";
import type { SharedPlaces } from "./shared-places.ts";

/**
 * Counts the invocations of functions that run, of all versions together, to hold them to their reserved concurrency
 * (https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html): in this process, or, where other nodes
 * run functions too, by places in the store. Those cost two commits per invocation, and only functions with a
 * reservation have them; what ran before the reservation was made is not counted there.
 */
export class Reservations {
  readonly #running = new Map<string, number>();
  readonly #places: SharedPlaces | undefined;

  constructor(places?: SharedPlaces) {
    this.#places = places;
  }

  /** Runs an invocation; undefined, and nothing runs, when the function has no place left. */
  async run<T extends object>(record: FunctionRecord, invoke: () => Promise<T>): Promise<T | undefined> {
    if (!this.#places) return this.#runHere(record, invoke);
    const { reservedConcurrency } = record.shared;
    if (reservedConcurrency === undefined) return invoke();
    const place = await this.#places.take(record, reservedConcurrency);
    if (!place) return undefined;
    try {
      return await invoke();
    } finally {
      await this.#places.leave(place);
    }
  }

  #runHere<T>(
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
export class Throttled extends AwsError {
  /** Not one place is reserved for the function: it waits for nobody. */
  readonly isSwitchedOff: boolean;

  constructor({ shared }: FunctionRecord) {
    super("TooManyRequestsException", "Rate Exceeded.", {
      httpStatus: 429,
      fields: { Type: "User", Reason: "ReservedFunctionConcurrentInvocationLimitExceeded" },
    });
    this.isSwitchedOff = shared.reservedConcurrency === 0;
  }
}
