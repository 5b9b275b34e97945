import type { Event, LambdaClient } from "@aws-sdk/client-lambda";
import { RealClock } from "../../kernel/clock.ts";
import { type OperationSource, operationById, operationByIndex, operationByName } from "./operation.ts";
import { ExecutionRecord } from "./record.ts";
import { testResult } from "./result.ts";
import {
  type DurableOperation,
  type DurableTestRunner,
  InvocationType,
  type InvokeRequest,
  type TestResult,
} from "./types.ts";

export interface CloudDurableTestRunnerConfig {
  /** How often, in milliseconds, the history is asked for: 1000 by default. */
  pollInterval?: number;
  /** `RequestResponse` by default; operations can be awaited with `Event` only. */
  invocationType?: InvocationType;
}

export interface CloudDurableTestRunnerParameters {
  functionName: string;
  /** Of AWS, or of a Stepwell server; `new LambdaClient()` by default. */
  client?: LambdaClient;
  config?: CloudDurableTestRunnerConfig;
}

const DEFAULT_POLL_MS = 1000;

/** AWS's runner for deployed functions, with the same methods: it invokes, and follows the execution's history. */
// biome-ignore lint/suspicious/noExplicitAny: as in AWS's library.
export class CloudDurableTestRunner<TResult = any> implements DurableTestRunner<DurableOperation, TResult> {
  readonly #parameters: CloudDurableTestRunnerParameters;
  #source: CloudSource;

  constructor(parameters: CloudDurableTestRunnerParameters) {
    this.#parameters = parameters;
    this.#source = new CloudSource(parameters);
  }

  /** Invokes the function and waits for its execution's end. Rejects when the function is not durable. */
  async run(params?: InvokeRequest): Promise<TestResult<TResult>> {
    const source = this.#source;
    return testResult(source, await source.run(params?.payload));
  }

  // biome-ignore-start lint/suspicious/noExplicitAny: as in AWS's library.
  getOperation<T = any>(name: string): DurableOperation<T> {
    return operationByName<T>(this.#source, name);
  }
  getOperationByIndex<T = any>(index: number): DurableOperation<T> {
    return operationByIndex<T>(this.#source, index);
  }
  getOperationByNameAndIndex<T = any>(name: string, index: number): DurableOperation<T> {
    return operationByName<T>(this.#source, name, index);
  }
  getOperationById<T = any>(id: string): DurableOperation<T> {
    return operationById<T>(this.#source, id);
  }
  // biome-ignore-end lint/suspicious/noExplicitAny: as in AWS's library.

  reset(): void {
    this.#source = new CloudSource(this.#parameters);
  }
}

/** Follows an execution by polling. */
class CloudSource implements OperationSource {
  record: ExecutionRecord | undefined;
  readonly #parameters: CloudDurableTestRunnerParameters;
  readonly #clock = new RealClock();
  readonly #waiting = new Set<() => void>();
  #client: Promise<LambdaClient> | undefined;

  constructor(parameters: CloudDurableTestRunnerParameters) {
    this.#parameters = parameters;
  }

  async run(payload: unknown): Promise<ExecutionRecord> {
    const { functionName, config } = this.#parameters;
    const { InvokeCommand } = await import("@aws-sdk/client-lambda");
    const { DurableExecutionArn } = await (await this.#lambda()).send(
      new InvokeCommand({
        FunctionName: functionName,
        InvocationType: config?.invocationType ?? InvocationType.RequestResponse,
        ...(payload === undefined ? {} : { Payload: Buffer.from(JSON.stringify(payload)) }),
      }),
    );
    if (DurableExecutionArn === undefined) {
      throw new Error(
        `Lambda named no execution when ${functionName} was invoked: is it a durable function?`,
      );
    }
    for (;;) {
      this.record = new ExecutionRecord(await this.#history(DurableExecutionArn));
      for (const look of this.#waiting) look();
      if (this.record.end) return this.record;
      await this.#pause();
    }
  }

  until(reached: () => boolean, status: string): Promise<void> {
    const { invocationType } = this.#parameters.config ?? {};
    if (invocationType !== InvocationType.Event) {
      const message =
        "Operations can be awaited with invocationType InvocationType.Event only: others wait themselves.";
      return Promise.reject(new Error(message));
    }
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (reached()) resolve();
        else if (this.record?.end) {
          reject(new Error(`The execution has ended, and the operation has not come to be ${status}.`));
        } else return void this.#waiting.add(look);
        this.#waiting.delete(look);
      };
      look();
    });
  }

  async complete(
    how: "Success" | "Failure" | "Heartbeat",
    input: Parameters<OperationSource["complete"]>[1],
  ): Promise<object> {
    const lambda = await import("@aws-sdk/client-lambda");
    const client = await this.#lambda();
    const { CallbackId, Result, Error: failure } = input;
    if (how === "Heartbeat")
      return client.send(new lambda.SendDurableExecutionCallbackHeartbeatCommand({ CallbackId }));
    if (how === "Success") {
      return client.send(new lambda.SendDurableExecutionCallbackSuccessCommand({ CallbackId, Result }));
    }
    const command = {
      CallbackId,
      ...(failure ? { Error: { ...failure, StackTrace: [...(failure.StackTrace ?? [])] } } : {}),
    };
    return client.send(new lambda.SendDurableExecutionCallbackFailureCommand(command));
  }

  async #history(DurableExecutionArn: string): Promise<Event[]> {
    const { GetDurableExecutionHistoryCommand } = await import("@aws-sdk/client-lambda");
    const client = await this.#lambda();
    const events: Event[] = [];
    let Marker: string | undefined;
    do {
      const input = { DurableExecutionArn, IncludeExecutionData: true, MaxItems: 1000, Marker };
      const page = await client.send(new GetDurableExecutionHistoryCommand(input));
      events.push(...(page.Events ?? []));
      Marker = page.NextMarker;
    } while (Marker !== undefined);
    return events;
  }

  #lambda(): Promise<LambdaClient> {
    const { client } = this.#parameters;
    this.#client ??= client
      ? Promise.resolve(client)
      : import("@aws-sdk/client-lambda").then(({ LambdaClient: Client }) => new Client());
    return this.#client;
  }

  #pause(): Promise<void> {
    const ms = this.#parameters.config?.pollInterval ?? DEFAULT_POLL_MS;
    return new Promise((resolve) => void this.#clock.at(this.#clock.now() + ms, resolve));
  }
}
