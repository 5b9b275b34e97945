import type { CheckpointReply, DurablePort, StatePage } from "../../../durable/types.ts";
import { INVOCATION_ENDED, PortFailure } from "../port-error.ts";

/** A call on its way to the service. */
export interface PortCall {
  readonly kind: "checkpoint" | "getState";
  readonly request: object;
}

/** The durable port of one invocation, which is cut when the invocation ends. */
export class InvocationPort implements DurablePort {
  readonly #ask: (call: PortCall) => Promise<unknown>;
  #ended = false;

  constructor(ask: (call: PortCall) => Promise<unknown>) {
    this.#ask = ask;
  }

  checkpoint(request: object): Promise<CheckpointReply> {
    return this.#call({ kind: "checkpoint", request }) as Promise<CheckpointReply>;
  }

  getState(request: object): Promise<StatePage> {
    return this.#call({ kind: "getState", request }) as Promise<StatePage>;
  }

  cut(): void {
    this.#ended = true;
  }

  #call(call: PortCall): Promise<unknown> {
    return this.#ended ? Promise.reject(new PortFailure(INVOCATION_ENDED)) : this.#ask(call);
  }
}
