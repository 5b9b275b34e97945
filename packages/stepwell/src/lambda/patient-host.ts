import { type Clock, RealClock } from "../kernel/clock.ts";
import type { FunctionCatalog } from "./function.ts";
import type { InvocationReport, InvocationRequest, Invokes } from "./host/host.ts";
import { notRun } from "./host/running-invocation.ts";
import { broken, lost } from "./host/runtime-errors.ts";
import { placesOf, type Reservations } from "./reservations.ts";

/** How often the first in a line asks: what other nodes leave, and a reservation that was raised, nobody tells. */
const ASK_EVERY_MS = 250;
/** Nothing to wait for: it is a failure like others, after which an execution is tried again ever more rarely. */
const SWITCHED_OFF = {
  errorType: "TooManyRequestsException",
  errorMessage: "Rate Exceeded: the function's reserved concurrency is 0.",
};

export interface PatientHostOptions {
  readonly host: Invokes;
  readonly functions: FunctionCatalog;
  readonly reservations: Reservations;
  /** Stamps the reports of invocations that were not begun. */
  readonly clock: Clock;
}

/**
 * Runs what nobody could be told to try again: invocations of executions that are under way, and the functions that
 * they call. One whose function has no place left waits in the function's line, as on AWS the service tries it again.
 */
export class PatientHost implements Invokes {
  readonly #options: PatientHostOptions;
  readonly #real = new RealClock();
  /** The last in each function's line; resolves when it has a place, or has given up. */
  readonly #lines = new Map<string, Promise<void>>();
  /** Ends the waits of all that are first in line. */
  readonly #waits = new Set<() => void>();
  #closing = false;

  constructor(options: PatientHostOptions) {
    this.#options = options;
  }

  async invoke(request: InvocationRequest): Promise<InvocationReport> {
    const { functionArn } = request.code;
    let leave = (): void => {};
    const before = this.#lines.get(functionArn);
    const mine = new Promise<void>((resolve) => {
      leave = resolve;
    });
    this.#lines.set(functionArn, mine);
    const left = (): void => {
      leave();
      if (this.#lines.get(functionArn) === mine) this.#lines.delete(functionArn);
    };
    try {
      if (before) await before;
      return await this.#whenFree(request, before !== undefined, left);
    } finally {
      left();
    }
  }

  /** Those who wait give up: their invocations are lost, and go on elsewhere or at the next start. */
  close(): void {
    this.#closing = true;
    for (const end of [...this.#waits]) end();
  }

  async #whenFree(
    request: InvocationRequest,
    waited: boolean,
    placed: () => void,
  ): Promise<InvocationReport> {
    const { host, reservations, clock } = this.#options;
    let current = waited ? await this.#renewed(request) : request;
    while (!this.#closing) {
      if (current.code.reserved === 0) return notRun(broken(SWITCHED_OFF), clock);
      const report = await reservations.run(placesOf(current.code), () => {
        placed();
        return host.invoke(current);
      });
      if (report) return report;
      await this.#pause(reservations.freed(request.code.functionArn));
      if (!this.#closing) current = await this.#renewed(request);
    }
    return notRun(lost("This server is stopping."), clock);
  }

  /** The code, and the reservation, may have changed while it waited. */
  async #renewed(request: InvocationRequest): Promise<InvocationRequest> {
    const { account, region, name } = placesOf(request.code);
    const code = await this.#options.functions.code(account, region, name, request.code.version);
    return { ...request, code };
  }

  async #pause(freed: Promise<void>): Promise<void> {
    let end = (): void => {};
    const asked = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#waits.add(end);
    const timer = this.#real.at(this.#real.now() + ASK_EVERY_MS, end);
    await Promise.race([freed, asked]);
    timer.cancel();
    this.#waits.delete(end);
  }
}
