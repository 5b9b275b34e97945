import type { CheckpointReply, DurablePort, StatePage } from "../../../durable/types.ts";
import { INVOCATION_ENDED, PortFailure } from "../port-error.ts";

/** A call on its way to the service. */
export interface PortCall {
  readonly kind: "checkpoint" | "getState";
  readonly request: object;
}

/** The durable port of one invocation, which is cut when the invocation ends. */
export class InvocationPort implements DurablePort {
  /** The service's time, for SDKs that ask; absent where the handler's own `Date` tells it. */
  readonly nowMs: (() => number) | undefined;
  readonly #ask: (call: PortCall) => Promise<unknown>;
  #ended = false;
  #listener: (() => void) | undefined;

  constructor(ask: (call: PortCall) => Promise<unknown>, nowMs?: () => number) {
    this.#ask = ask;
    this.nowMs = nowMs;
  }

  checkpoint(request: object): Promise<CheckpointReply> {
    return this.#call({ kind: "checkpoint", request }) as Promise<CheckpointReply>;
  }

  getState(request: object): Promise<StatePage> {
    return this.#call({ kind: "getState", request }) as Promise<StatePage>;
  }

  onNews(listener: () => void): void {
    this.#listener = listener;
  }

  /** The service has news for the handler. */
  news(): void {
    if (!this.#ended) this.#listener?.();
  }

  cut(): void {
    this.#ended = true;
  }

  #call(call: PortCall): Promise<unknown> {
    return this.#ended ? Promise.reject(new PortFailure(INVOCATION_ENDED)) : this.#ask(call);
  }
}
