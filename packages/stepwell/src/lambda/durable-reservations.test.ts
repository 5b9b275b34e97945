import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateFunctionCommand,
  DeleteFunctionConcurrencyCommand,
  GetDurableExecutionCommand,
  InvokeCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { silentLogger } from "../kernel/logger.ts";
import { openNode, type StepwellNode } from "../node.ts";
import { sharedPostgresUrl } from "../testing/postgres-server.ts";
import { functionInput } from "./fixtures/lambda-node.ts";

/** Says when it ran, and rests in between when it is told to. */
const BUSY = `
  const busy = async (ms = 150) => {
    const from = Date.now();
    await new Promise((resolve) => setTimeout(resolve, ms));
    return [from, Date.now()];
  };`;
const WORK = `import { withDurableExecution } from "@stepwell/durable";
  ${BUSY}
  export const handler = withDurableExecution(async ({ restSeconds, call, firstMs }, context) => {
    const first = call ? await context.invoke("call", call, {}) : await context.step("first", () => busy(firstMs));
    if (!restSeconds) return [first];
    await context.wait({ seconds: restSeconds });
    return [first, await context.step("second", () => busy())];
  });`;
type Span = [number, number];

describe.each(["one node on SQLite", "two nodes on PostgreSQL"])("on %s", (kind) => {
  const nodes: StepwellNode[] = [];
  const clients: LambdaClient[] = [];
  beforeAll(async () => {
    const isOne = kind.includes("SQLite");
    const data = isOne ? ":memory:" : await sharedPostgresUrl();
    const schema = `durable_reservations_${process.pid}`;
    for (let i = 0; i < (isOne ? 1 : 2); i++) {
      const node = await openNode({ data, ...(isOne ? {} : { schema }), log: silentLogger });
      nodes.push(node);
      const { url } = await node.listen({ port: 0, host: "127.0.0.1" });
      const credentials = { accessKeyId: "test", secretAccessKey: "test" };
      clients.push(new LambdaClient({ endpoint: url, region: "us-east-1", credentials, maxAttempts: 1 }));
    }
    const durable = { Timeout: 30, DurableConfig: { ExecutionTimeout: 120 } };
    const plain = `${BUSY} export const handler = () => busy();`;
    for (const input of [functionInput("work", WORK, durable), functionInput("plain", plain)]) {
      await clients[0]!.send(new CreateFunctionCommand(input as never));
    }
  });
  afterAll(async () => {
    for (const client of clients) client.destroy();
    await Promise.all(nodes.map((node) => node.close(0)));
  });

  const reserve = (ReservedConcurrentExecutions: number, FunctionName = "work") =>
    clients[0]!.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
  const free = (FunctionName = "work") =>
    clients[0]!.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
  const invoke = (input: object, type: "Event" | "RequestResponse", i = 0) =>
    clients[i % clients.length]!.send(
      new InvokeCommand({
        ...{ FunctionName: "work", Qualifier: "$LATEST", InvocationType: type },
        ...{ DurableExecutionName: randomUUID(), Payload: JSON.stringify(input) },
      }),
    );
  const start = async (input: object, i = 0) => (await invoke(input, "Event", i)).DurableExecutionArn!;
  const spans = async (arn: string): Promise<Span[]> => {
    for (;;) {
      const get = new GetDurableExecutionCommand({ DurableExecutionArn: arn });
      const { Status, Result } = await clients.at(-1)!.send(get);
      if (Status !== "RUNNING") {
        expect(Status).toBe("SUCCEEDED");
        return JSON.parse(Result!);
      }
      await sleep(30);
    }
  };
  /** The most that ran at one time. */
  const most = (all: readonly Span[]) =>
    Math.max(...all.map(([from]) => all.filter(([other, to]) => other <= from && from < to).length));

  test("executions run as many at a time as their function has reserved, the rest as soon as they can", async () => {
    await reserve(2);
    const arns = await Promise.all(Array.from({ length: 8 }, (_, i) => start({ restSeconds: 1 }, i)));
    const all = (await Promise.all(arns.map(spans))).flat();
    expect(all).toHaveLength(16);
    expect(most(all)).toBe(2);
  });

  test("a caller who waits is refused while all places are taken, and those that rest take none", async () => {
    await reserve(1);
    const running = await start({ restSeconds: 3, firstMs: 1_500 });
    const call = () => invoke({}, "RequestResponse").catch((error: Error) => error);
    let answer = await call();
    // Whichever of the two took the place first.
    for (let i = 0; !(answer instanceof Error) && i < 5; i++) answer = await call();
    expect(answer).toMatchObject({
      name: "TooManyRequestsException",
      Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
    });
    while (answer instanceof Error) {
      await sleep(50);
      answer = await call();
    }
    expect(answer.FunctionError).toBeUndefined();
    const [[, restedAt], [wokenAt]] = (await spans(running)) as [Span, Span];
    const [[from, to]] = JSON.parse(Buffer.from(answer.Payload!).toString()) as [Span];
    expect([restedAt, from, to, wokenAt]).toEqual([restedAt, from, to, wokenAt].toSorted((a, b) => a - b));
  });

  test("an execution whose function is switched off while it rests goes on when it is on again", async () => {
    await free();
    const arn = await start({ restSeconds: 1 });
    await sleep(500);
    await reserve(0);
    await sleep(1_000);
    await free();
    expect(await spans(arn)).toHaveLength(2);
  });

  test("functions that executions invoke are held to what they have reserved, and are waited for", async () => {
    await free();
    await reserve(1, "plain");
    const call = "plain:$LATEST";
    const arns = await Promise.all(Array.from({ length: 4 }, (_, i) => start({ call }, i)));
    const all = (await Promise.all(arns.map(spans))).flat();
    expect(all).toHaveLength(4);
    expect(most(all)).toBe(1);
    await free("plain");
  });
});
