import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  GetDurableExecutionCommand,
  type GetDurableExecutionCommandOutput,
  GetDurableExecutionHistoryCommand,
  InvokeCommand,
  type LambdaClient,
} from "@aws-sdk/client-lambda";
import { RealClock } from "../../kernel/clock.ts";
import { RealIds } from "../../kernel/ids.ts";
import { makeZip } from "../../lambda/fixtures/zip.ts";

/** Functions that the nodes of a cluster run: `order` notes each step's body in the file that RECORD names. */
export async function createOrder(client: LambdaClient, record: string): Promise<void> {
  const content = await readFile(new URL("./order.mjs", import.meta.url), "utf8");
  await client.send(
    new CreateFunctionCommand({
      FunctionName: "order",
      Runtime: "nodejs22.x",
      Role: "arn:aws:iam::000000000000:role/order",
      Handler: "order.handler",
      Code: { ZipFile: makeZip([{ name: "order.mjs", content }]) },
      Timeout: 120,
      DurableConfig: { ExecutionTimeout: 600, RetentionPeriodInDays: 1 },
      Environment: { Variables: { RECORD: record } },
    }),
  );
}

/** Makes a function of `noting.mjs`, which notes what it does in the file `record`. */
export async function createNoting(
  client: LambdaClient,
  record: string,
  name: string,
  more: Partial<CreateFunctionCommandInput> = {},
): Promise<void> {
  const content = await readFile(new URL("./noting.mjs", import.meta.url), "utf8");
  await client.send(
    new CreateFunctionCommand({
      ...{ FunctionName: name, Runtime: "nodejs22.x", Handler: `noting.${name}`, Timeout: 120 },
      Role: "arn:aws:iam::000000000000:role/noting",
      Code: { ZipFile: makeZip([{ name: "noting.mjs", content }]) },
      Environment: { Variables: { RECORD: record } },
      ...more,
    }),
  );
}

/** An order with `count` UUIDs in it for nobody to read, which cannot be compressed. */
export function padded(order: Order, count: number): Order {
  const ids = new RealIds(new RealClock());
  return Object.assign({ padding: Array.from({ length: count }, () => ids.uuid()) }, order);
}

/** What `order` does: `steps` steps of `stepMs`, each followed by a wait where `waits`, then a callback if `callback`. */
export interface Order {
  readonly id: string;
  readonly steps?: number;
  readonly stepMs?: number;
  readonly waits?: boolean;
  /** `resting`: nothing else goes on while it waits; `busy`: a step runs beside it. */
  readonly callback?: "resting" | "busy";
}

/** Starts an execution; resolves to its ARN when it is durable. */
export async function start(client: LambdaClient, order: Order): Promise<string> {
  const { DurableExecutionArn } = await client.send(
    new InvokeCommand({
      ...{ FunctionName: "order:$LATEST", InvocationType: "Event", DurableExecutionName: order.id },
      Payload: Buffer.from(JSON.stringify(order)),
    }),
  );
  return DurableExecutionArn!;
}

/** Runs an execution to its end; resolves to its result. */
export async function run(client: LambdaClient, order: Order): Promise<unknown> {
  const { Payload } = await client.send(
    new InvokeCommand({ FunctionName: "order:$LATEST", Payload: Buffer.from(JSON.stringify(order)) }),
  );
  return JSON.parse(Buffer.from(Payload!).toString());
}

/** Resolves when an execution has ended. */
export async function ended(client: LambdaClient, arn: string): Promise<GetDurableExecutionCommandOutput> {
  for (;;) {
    const execution = await client.send(new GetDurableExecutionCommand({ DurableExecutionArn: arn }));
    if (execution.Status !== "RUNNING") return execution;
    await delay(50);
  }
}

/** The id of an execution's callback, once it is there, and once its handler rests if `resting`. */
export async function callbackId(client: LambdaClient, arn: string, resting: boolean): Promise<string> {
  for (;;) {
    const { Events } = await client.send(
      new GetDurableExecutionHistoryCommand({ DurableExecutionArn: arn, IncludeExecutionData: true }),
    );
    const id = Events!.find((event) => event.CallbackStartedDetails)?.CallbackStartedDetails?.CallbackId;
    if (id && (!resting || Events!.some((event) => event.InvocationCompletedDetails))) return id;
    await delay(20);
  }
}

/** How often each step's body has run, by `EXECUTION STEP`. */
export async function runs(record: string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const line of (await readFile(record, "utf8").catch(() => "")).split("\n").filter(Boolean)) {
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return counts;
}
