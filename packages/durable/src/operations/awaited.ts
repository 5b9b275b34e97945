import type { Claim } from "../claim.ts";
import type { AwaitListener } from "../durable-promise.ts";
import type { Branch, Waiting } from "../suspension.ts";

/** An operation that may have to be waited for, and knows whether user code does. */
export class AwaitedOperation implements Waiting, AwaitListener {
  readonly claim: Claim;
  /** What plugins call it when it has no name on the wire. */
  protected readonly label: string | undefined;
  #awaiters = 0;

  constructor(claim: Claim, label?: string) {
    this.claim = claim;
    this.label = label;
  }

  get id(): string {
    return this.claim.id;
  }

  get branch(): Branch {
    return this.claim.context;
  }

  get isAwaited(): boolean {
    return this.#awaiters > 0;
  }

  awaited(): void {
    if (this.#awaiters++ === 0) this.claim.context.execution.suspension.active();
  }

  released(): void {
    this.#awaiters--;
  }
}
