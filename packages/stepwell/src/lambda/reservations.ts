import { count } from "../kernel/counts.ts";
import { AwsError } from "../kernel/errors.ts";
import type { FunctionCode } from "./host/host.ts";
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
  /** Who is told when a place of a function becomes free on this node. */
  readonly #waiting = new Map<string, () => void>();
  readonly #places: SharedPlaces | undefined;

  constructor(places?: SharedPlaces) {
    this.#places = places;
  }

  /** Runs an invocation; undefined, and nothing runs, when the function has no place left. */
  async run<T extends object>(of: PlacesOf, invoke: () => Promise<T>): Promise<T | undefined> {
    if (!this.#places) return this.#runHere(of, invoke);
    if (of.reserved === undefined) return invoke();
    const place = await this.#places.take(of, of.reserved);
    if (!place) return undefined;
    try {
      return await invoke();
    } finally {
      await this.#places.leave(place);
      this.#tell(arnOf(of));
    }
  }

  /** Whether a function has no place left at this moment. */
  async isFull(of: PlacesOf): Promise<boolean> {
    if (of.reserved === undefined) return false;
    const running = this.#places ? await this.#places.taken(of) : (this.#running.get(arnOf(of)) ?? 0);
    return running >= of.reserved;
  }

  /** Resolves when this node next leaves a place of the function. One asks at a time for each. */
  freed(arn: string): Promise<void> {
    return new Promise((resolve) => this.#waiting.set(arn, resolve));
  }

  #runHere<T>(of: PlacesOf, invoke: () => Promise<T>): Promise<T> | undefined {
    const arn = arnOf(of);
    const running = this.#running.get(arn) ?? 0;
    if (running >= (of.reserved ?? Number.POSITIVE_INFINITY)) return undefined;
    count(this.#running, arn, 1);
    return invoke().finally(() => {
      count(this.#running, arn, -1);
      this.#tell(arn);
    });
  }

  #tell(arn: string): void {
    const waiting = this.#waiting.get(arn);
    this.#waiting.delete(arn);
    waiting?.();
  }
}

/** A function, and how many places it has; undefined where none are reserved. */
export interface PlacesOf {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly reserved: number | undefined;
}

/** Of code that was just looked up. */
export function placesOf({ functionArn: arn, functionName: name, reserved }: FunctionCode): PlacesOf {
  const [, , , region, account] = arn.split(":") as [string, string, string, string, string];
  return { account, region, name, reserved };
}

/** Of a record that was just read. */
export function placesOfRecord({ account, region, name, shared }: FunctionRecord): PlacesOf {
  return { account, region, name, reserved: shared.reservedConcurrency };
}

function arnOf({ account, region, name }: PlacesOf): string {
  return functionArn(account, region, name);
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
