import { DurableExecutionApiClient } from "./lambda-client.ts";
import type { DurableExecutionClient, DurableExecutionConfig } from "./types/execution.ts";
import type {
  CheckpointDurableExecutionRequest,
  CheckpointDurableExecutionResponse,
  DurableExecutionInvocationInput,
  GetDurableExecutionStateRequest,
  GetDurableExecutionStateResponse,
  Operation,
} from "./types/wire.ts";

/** A checkpoint; `Briefly` asks for an answer that leaves out what follows from the updates themselves (see own-updates.ts). */
export interface TransportRequest extends CheckpointDurableExecutionRequest {
  readonly Briefly?: true;
}

/** The answer to a checkpoint; a brief one says `At` which time, in epoch milliseconds, the updates count. */
export interface TransportResponse extends CheckpointDurableExecutionResponse {
  readonly At?: number | undefined;
}

/** The two calls that an invocation makes, and what Stepwell's hosts can do beyond AWS's API. */
export interface DurableTransport {
  checkpoint(request: TransportRequest): Promise<TransportResponse>;
  getState(request: GetDurableExecutionStateRequest): Promise<GetDurableExecutionStateResponse>;
  /** Whether it answers briefly when it is asked to. */
  readonly answersBriefly?: boolean;
  /** How many updates a checkpoint may hold, if not as many as on AWS. */
  readonly mostUpdates?: number | undefined;
  /** Leaves an invocation's last checkpoint to be stored together with its answer, which follows: one commit for both. */
  leave?(request: TransportRequest): void;
  /** The service's time in epoch milliseconds, where it may differ from this process's: on virtual time. */
  nowMs?(): number;
  /** Has `listener` called when something outside has changed an operation: then nobody has to ask from time to time. */
  onNews?(listener: () => void): void;
}

/** Under this symbol Stepwell's hosts put a DurableTransport on the event: checkpoints then need no HTTP. */
const PORT = Symbol.for("stepwell.durable.port");

/** An event that brings its own client, as AWS's SDK and its testing library know it. */
export class DurableExecutionInvocationInputWithClient implements DurableExecutionInvocationInput {
  readonly durableExecutionClient: DurableExecutionClient;
  readonly DurableExecutionArn: string;
  readonly CheckpointToken: string;
  readonly InitialExecutionState: DurableExecutionInvocationInput["InitialExecutionState"];
  readonly UpdatedOperationIds: readonly string[] | undefined;

  constructor(input: DurableExecutionInvocationInput, durableExecutionClient: DurableExecutionClient) {
    this.durableExecutionClient = durableExecutionClient;
    this.DurableExecutionArn = input.DurableExecutionArn;
    this.CheckpointToken = input.CheckpointToken;
    this.InitialExecutionState = input.InitialExecutionState;
    this.UpdatedOperationIds = input.UpdatedOperationIds;
  }

  /** By structure, because another copy of the class may have made it. */
  static isInstance(event: unknown): event is DurableExecutionInvocationInputWithClient {
    return (
      typeof event === "object" &&
      event !== null &&
      Object.prototype.toString.call(event) === "[object DurableExecutionInvocationInputWithClient]" &&
      "durableExecutionClient" in event
    );
  }

  get [Symbol.toStringTag](): string {
    return "DurableExecutionInvocationInputWithClient";
  }
}

/** How this invocation reaches the service: by what the event brings, else by the configured client, else by Lambda's API. */
export function transportFor(event: unknown, config: DurableExecutionConfig): DurableTransport {
  const port = (event as { [PORT]?: DurableTransport })[PORT];
  if (port) return port;
  const client = DurableExecutionInvocationInputWithClient.isInstance(event)
    ? event.durableExecutionClient
    : (config.durableExecutionClient ?? new DurableExecutionApiClient(config.client));
  return {
    checkpoint: (request) => client.checkpoint(request),
    getState: (request) => client.getExecutionState(request),
  };
}

/** All operations of the execution, of which the event may hold only the first page. */
export async function loadOperations(
  event: DurableExecutionInvocationInput,
  transport: DurableTransport,
): Promise<readonly Operation[]> {
  const { Operations = [], NextMarker } = event.InitialExecutionState ?? {};
  if (!NextMarker) return Operations;
  const all = [...Operations];
  let marker: string | undefined = NextMarker;
  while (marker) {
    const page: GetDurableExecutionStateResponse = await transport.getState({
      DurableExecutionArn: event.DurableExecutionArn,
      CheckpointToken: event.CheckpointToken,
      Marker: marker,
      MaxItems: 1000,
    });
    for (const operation of page.Operations ?? []) all.push(operation);
    marker = page.NextMarker;
  }
  return all;
}
