import type {
  CheckpointRequest,
  DurablePort,
  InvocationEnvelope,
  Operation,
  StatePage,
  StateRequest,
} from "../../../durable/types.ts";

/** Where Stepwell's own SDK finds the port as it is: requests and replies of the protocol, times in epoch milliseconds. */
const PORT = Symbol.for("stepwell.durable.port");

/**
 * The event of a durable function, with a client that talks to this server. AWS's SDK knows such an event by its
 * structure alone, whichever copy of the SDK was bundled: the tag, this constructor's name, and the property
 * `durableExecutionClient`. The client and the port are not enumerable, so the event prints and serialises like AWS's.
 */
export class DurableExecutionInvocationInputWithClient {
  declare readonly durableExecutionClient: DurableClient;

  constructor(envelope: InvocationEnvelope, port: DurablePort) {
    Object.assign(this, envelope, { InitialExecutionState: withDates(envelope.InitialExecutionState) });
    Object.defineProperty(this, "durableExecutionClient", { value: new DurableClient(port) });
    Object.defineProperty(this, PORT, { value: port });
  }

  get [Symbol.toStringTag](): string {
    return "DurableExecutionInvocationInputWithClient";
  }
}

/** The client as AWS's SDK calls it: LambdaClient's shapes, times as Dates. */
class DurableClient {
  readonly #port: DurablePort;
  constructor(port: DurablePort) {
    this.#port = port;
  }

  async checkpoint(request: CheckpointRequest): Promise<object> {
    const reply = await this.#port.checkpoint(request);
    return { ...reply, NewExecutionState: withDates(reply.NewExecutionState) };
  }

  async getExecutionState(request: StateRequest): Promise<object> {
    return withDates(await this.#port.getState(request));
  }
}

function withDates(page: StatePage): object {
  return { ...page, Operations: page.Operations.map(operationWithDates) };
}

function operationWithDates(operation: Operation): object {
  const { StartTimestamp, EndTimestamp, StepDetails, WaitDetails, ...rest } = operation;
  return {
    ...rest,
    StartTimestamp: new Date(StartTimestamp),
    ...(EndTimestamp === undefined ? {} : { EndTimestamp: new Date(EndTimestamp) }),
    ...(StepDetails ? { StepDetails: dated(StepDetails, "NextAttemptTimestamp") } : {}),
    ...(WaitDetails ? { WaitDetails: dated(WaitDetails, "ScheduledEndTimestamp") } : {}),
  };
}

function dated<K extends string>(details: Readonly<Partial<Record<K, number>>>, key: K): object {
  const ms = details[key];
  return ms === undefined ? details : { ...details, [key]: new Date(ms) };
}
