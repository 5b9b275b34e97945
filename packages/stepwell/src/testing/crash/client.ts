import {
  type Event,
  GetDurableExecutionHistoryCommand,
  InvokeCommand,
  LambdaClient,
  ListDurableExecutionsByFunctionCommand,
} from "@aws-sdk/client-lambda";

/** An AWS client that asks once, so that a lost answer is seen to be lost. */
export function clientOf(url: string): LambdaClient {
  return new LambdaClient(optionsAt(url));
}

function optionsAt(endpoint: string) {
  return {
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  };
}

/** A client of another service at the same place. */
export async function sharing<C>(
  Client: new (options: ReturnType<typeof optionsAt>) => C,
  { config }: LambdaClient,
): Promise<C> {
  const { protocol, hostname, port } = await config.endpoint!();
  return new Client(optionsAt(`${protocol}//${hostname}:${port}`));
}

export function payloadOf(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** Starts an execution by its name; resolves to its ARN. */
export async function startNamed(client: LambdaClient, name: string, input: object): Promise<string> {
  const command = new InvokeCommand({
    ...{ FunctionName: "order", Qualifier: "$LATEST", InvocationType: "Event" },
    ...{ DurableExecutionName: name, Payload: payloadOf(input) },
  });
  return (await client.send(command)).DurableExecutionArn!;
}

export async function historyOf(client: LambdaClient, DurableExecutionArn: string): Promise<Event[]> {
  const command = new GetDurableExecutionHistoryCommand({ DurableExecutionArn, MaxItems: 1000 });
  return (await client.send(command)).Events ?? [];
}

/** All executions of a function, newest first. */
export async function executionsOf(client: LambdaClient, FunctionName: string) {
  const command = new ListDurableExecutionsByFunctionCommand({ FunctionName, MaxItems: 1000 });
  return (await client.send(command)).DurableExecutions ?? [];
}

export function hasEnded(events: readonly Event[]): boolean {
  return /^Execution(Succeeded|Failed|TimedOut|Stopped)$/.test(events.at(-1)?.EventType ?? "");
}
