import type { CheckpointReply, DurablePort, StatePage } from "../../../durable/types.ts";
import { INVOCATION_ENDED, type PortError } from "../protocol.ts";

/** A call on its way to the server. */
export interface PortCall {
  readonly kind: "checkpoint" | "getState";
  readonly request: object;
}

/** The durable port of one invocation, which is cut when the invocation ends. */
export class ServerPort implements DurablePort {
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

/** An error of the durable API as AWS's SDK clients throw it: known by name, `$fault` and `$metadata`. */
export class PortFailure extends Error {
  readonly $fault: "client" | "server";
  readonly $metadata: { readonly httpStatusCode: number };

  constructor(error: PortError) {
    super(error.message);
    this.name = error.name;
    this.$fault = error.fault;
    this.$metadata = { httpStatusCode: error.httpStatus };
  }
}
