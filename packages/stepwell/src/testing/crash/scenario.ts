import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  CreateFunctionCommand,
  type Event,
  GetDurableExecutionHistoryCommand,
  InvokeCommand,
  LambdaClient,
  ListDurableExecutionsByFunctionCommand,
  ResourceConflictException,
  SendDurableExecutionCallbackSuccessCommand,
} from "@aws-sdk/client-lambda";

const APP = fileURLToPath(new URL("./app", import.meta.url));
const EXECUTIONS = ["one", "two", "three", "four"] as const;

const ENDED: ReadonlySet<string | undefined> = new Set([
  "ExecutionSucceeded",
  "ExecutionFailed",
  "ExecutionTimedOut",
]);

export type Histories = ReadonlyMap<string, readonly Event[]>;

/** What a client of the crash app does, as often as it has to: everything in it may be repeated. */
export class Scenario {
  readonly record: string;
  /** Executions whose approval was acknowledged, with what was sent. */
  readonly acknowledged = new Map<string, string>();
  readonly #data: string;

  constructor(folder: string) {
    this.record = join(folder, "record.txt");
    this.#data = join(folder, "data");
  }

  /** Drives every execution to its end. Rejects when the server goes away. */
  async drive(url: string): Promise<Histories> {
    const client = new LambdaClient({
      endpoint: url,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      maxAttempts: 1,
    });
    try {
      await this.#createFunctions(client);
      await Promise.all(EXECUTIONS.map((id) => start(client, id)));
      return await this.#approveUntilDone(client);
    } finally {
      client.destroy();
    }
  }

  /** How often each step's body has run, by `EXECUTION STEP`. */
  runs(): ReadonlyMap<string, number> {
    const runs = new Map<string, number>();
    for (const line of readLines(this.record)) runs.set(line, (runs.get(line) ?? 0) + 1);
    return runs;
  }

  /** The steps whose success the killed server had committed, as `EXECUTION STEP`, read from its database's file. */
  committedSteps(): string[] {
    const database = new DatabaseSync(join(this.#data, "stepwell.db"));
    const rows = database
      .prepare(
        `SELECT name, data FROM journal JOIN executions ON executions.number = journal.execution
         WHERE function_name = 'crash'`,
      )
      .all() as { name: string; data: string }[];
    database.close();
    return rows.flatMap(({ name, data }) => {
      const rows = JSON.parse(data) as [kind: string, data: { Name?: string }][];
      return rows.flatMap(([kind, { Name }]) => (kind === "StepSucceeded" && Name ? [`${name} ${Name}`] : []));
    });
  }

  async #createFunctions(client: LambdaClient): Promise<void> {
    for (const [FunctionName, DurableConfig] of [["crash", { ExecutionTimeout: 600 }], ["echo"]] as const) {
      const command = new CreateFunctionCommand({
        FunctionName,
        Runtime: "nodejs22.x",
        Role: "arn:aws:iam::000000000000:role/crash",
        Handler: FunctionName === "echo" ? "index.echo" : "index.handler",
        Code: { S3Bucket: "hot-reload", S3Key: APP },
        Environment: { Variables: { RECORD: this.record } },
        Timeout: 30,
        DurableConfig,
      });
      await client.send(command).catch((error: unknown) => {
        if (!(error instanceof ResourceConflictException)) throw error;
      });
    }
  }

  async #approveUntilDone(client: LambdaClient): Promise<Histories> {
    for (;;) {
      const histories = await readHistories(client);
      const ended = [...histories.values()].filter((events) => ENDED.has(events.at(-1)?.EventType));
      if (histories.size === EXECUTIONS.length && ended.length === EXECUTIONS.length) return histories;
      await Promise.all([...histories].map(([id, events]) => this.#approve(client, id, events)));
      await sleep(30);
    }
  }

  async #approve(client: LambdaClient, id: string, events: readonly Event[]): Promise<void> {
    const CallbackId = events.find((event) => event.CallbackStartedDetails)?.CallbackStartedDetails
      ?.CallbackId;
    if (!CallbackId || events.some((event) => event.EventType === "CallbackSucceeded")) return;
    const result = `approved ${id} at ${events.length}`;
    const command = new SendDurableExecutionCallbackSuccessCommand({
      CallbackId,
      Result: Buffer.from(result),
    });
    await client.send(command);
    this.acknowledged.set(id, result);
  }
}

async function start(client: LambdaClient, id: string): Promise<void> {
  await client.send(
    new InvokeCommand({
      FunctionName: "crash",
      Qualifier: "$LATEST",
      InvocationType: "Event",
      DurableExecutionName: id,
      Payload: Buffer.from(JSON.stringify({ id })),
    }),
  );
}

async function readHistories(client: LambdaClient): Promise<Map<string, Event[]>> {
  const listed = await client.send(new ListDurableExecutionsByFunctionCommand({ FunctionName: "crash" }));
  const histories = new Map<string, Event[]>();
  for (const { DurableExecutionArn, DurableExecutionName } of listed.DurableExecutions ?? []) {
    const command = new GetDurableExecutionHistoryCommand({ DurableExecutionArn, MaxItems: 1000 });
    histories.set(DurableExecutionName!, (await client.send(command)).Events ?? []);
  }
  return histories;
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, "utf8").split("\n").filter(Boolean);
  } catch {
    return [];
  }
}
