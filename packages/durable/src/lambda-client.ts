import type { DurableExecutionClient, LambdaClient } from "./types/execution.ts";
import type {
  CheckpointDurableExecutionRequest,
  CheckpointDurableExecutionResponse,
  GetDurableExecutionStateRequest,
  GetDurableExecutionStateResponse,
} from "./types/wire.ts";
import { SDK_NAME, SDK_VERSION } from "./version.ts";

/** What is used of `@aws-sdk/client-lambda`, which Lambda's runtime provides and others install. */
interface LambdaModule {
  readonly LambdaClient: new (config: object) => LambdaClient;
  readonly CheckpointDurableExecutionCommand: new (input: object) => object;
  readonly GetDurableExecutionStateCommand: new (input: object) => object;
}

/** Lambda's API as the way to the service; `AWS_ENDPOINT_URL` and its kin lead it elsewhere. */
export class DurableExecutionApiClient implements DurableExecutionClient {
  readonly #injected: LambdaClient | undefined;

  constructor(client?: LambdaClient) {
    this.#injected = client;
  }

  async getExecutionState(
    params: GetDurableExecutionStateRequest,
  ): Promise<GetDurableExecutionStateResponse> {
    const lambda = await lambdaModule();
    const command = new lambda.GetDurableExecutionStateCommand(params);
    return (await this.#client(lambda).send(command)) as GetDurableExecutionStateResponse;
  }

  async checkpoint(params: CheckpointDurableExecutionRequest): Promise<CheckpointDurableExecutionResponse> {
    const lambda = await lambdaModule();
    const command = new lambda.CheckpointDurableExecutionCommand(params);
    return (await this.#client(lambda).send(command)) as CheckpointDurableExecutionResponse;
  }

  #client(lambda: LambdaModule): LambdaClient {
    shared ??= new lambda.LambdaClient({
      customUserAgent: [[SDK_NAME, SDK_VERSION]],
      // A checkpoint that hangs must fail while the invocation can still report it.
      requestHandler: {
        connectionTimeout: 5_000,
        socketTimeout: 50_000,
        requestTimeout: 55_000,
        throwOnRequestTimeout: true,
      },
    });
    return this.#injected ?? shared;
  }
}

let loading: Promise<LambdaModule> | undefined;
let shared: LambdaClient | undefined;

/** Loads the AWS SDK when it is first needed: 80 ms and 29 MB that a host with a port never pays. */
function lambdaModule(): Promise<LambdaModule> {
  loading ??= import("@aws-sdk/client-lambda").then(
    (module) => module as unknown as LambdaModule,
    (cause) => {
      loading = undefined;
      throw new Error(
        "Checkpoints of a durable function outside Stepwell go over Lambda's API, which needs " +
          "@aws-sdk/client-lambda. Install it next to the function, or pass a durableExecutionClient to " +
          "withDurableExecution.",
        { cause },
      );
    },
  );
  return loading;
}
