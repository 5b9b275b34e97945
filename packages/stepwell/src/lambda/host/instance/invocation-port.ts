import type {
  CheckpointReply,
  CheckpointRequest,
  DurablePort,
  PortCheckpoint,
  StatePage,
} from "../../../durable/types.ts";
import { INVOCATION_ENDED, PortFailure } from "../port-error.ts";
import type { PortAbilities } from "../protocol.ts";

/** A call on its way to the service. */
export interface PortCall {
  readonly kind: "checkpoint" | "getState";
  readonly request: object;
}

interface InvocationPortOptions extends PortAbilities {
  /** The service's time, where the handler's own `Date` does not tell it. */
  readonly nowMs?: () => number;
}

/** The durable port of one invocation, which is cut when the invocation ends. */
export class InvocationPort implements DurablePort {
  /** The service's time, for SDKs that ask; absent where the handler's own `Date` tells it. */
  readonly nowMs: (() => number) | undefined;
  readonly answersBriefly = true;
  readonly mostUpdates: number | undefined;
  /** Absent where the service has to be asked for each checkpoint. */
  readonly leave: ((request: CheckpointRequest) => void) | undefined;
  readonly #ask: (call: PortCall) => Promise<unknown>;
  #ended = false;
  #listener: (() => void) | undefined;
  #last: PortCheckpoint | undefined;

  constructor(ask: (call: PortCall) => Promise<unknown>, options: InvocationPortOptions) {
    this.#ask = ask;
    this.nowMs = options.nowMs;
    this.mostUpdates = options.mostUpdates;
    if (options.leaves) {
      this.leave = (request) => {
        this.#last = withoutArn(request);
      };
    }
  }

  /** What was left to be stored with the end of the invocation. */
  get last(): PortCheckpoint | undefined {
    return this.#last;
  }

  checkpoint(request: CheckpointRequest): Promise<CheckpointReply> {
    return this.#call({ kind: "checkpoint", request: withoutArn(request) }) as Promise<CheckpointReply>;
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

/** The port's other end knows the execution. */
function withoutArn(request: CheckpointRequest & PortCheckpoint): PortCheckpoint {
  const { CheckpointToken, Updates, ClientToken, Briefly } = request;
  return { CheckpointToken, Updates, ClientToken, Briefly };
}
