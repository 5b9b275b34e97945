import type { Clock } from "../kernel/clock.ts";
import { type Store, statement } from "../store/store.ts";
import { remembered, within } from "./remembered.ts";

const ping = statement("operation.ping", "SELECT 1 AS answer");

/** A load balancer that asks every few seconds gives up at about this time itself. */
const ANSWER_MS = 2_000;
/** However many ask, the store is asked once in this time. */
const REMEMBERED_MS = 1_000;

export interface ReadinessOptions {
  readonly store: Store;
  /** The machine's time: a database that is away is waited for in it. */
  readonly clock: Clock;
  /** Whether the node's last commit about itself went through; always, where it makes none. */
  readonly commits: () => boolean;
}

/** Whether a node should be sent requests. */
export class Readiness {
  readonly #options: ReadinessOptions;
  readonly #ping: () => Promise<unknown>;
  #state: "starting" | "serving" | "draining" = "starting";

  constructor(options: ReadinessOptions) {
    this.#options = options;
    this.#ping = remembered(options.clock, REMEMBERED_MS, () => options.store.read(ping, []));
  }

  started(): void {
    if (this.#state === "starting") this.#state = "serving";
  }

  draining(): void {
    this.#state = "draining";
  }

  /** Why it should not be sent any; undefined when it should. */
  async trouble(): Promise<string | undefined> {
    if (this.#state === "starting") return "starting: the node takes no work yet";
    if (this.#state === "draining") return "draining: the node is leaving";
    const { clock, commits } = this.#options;
    if (!commits()) return "the database takes no commits: this node cannot say that it is alive";
    const late = `the store has not answered within ${ANSWER_MS / 1000} s`;
    return within(clock, ANSWER_MS, late, this.#ping()).then(
      () => undefined,
      (error: Error) => `the store does not answer: ${error.message}`,
    );
  }
}
