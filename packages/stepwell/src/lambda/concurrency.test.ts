import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateFunctionCommand,
  DeleteFunctionConcurrencyCommand,
  GetAccountSettingsCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  InvokeCommand,
  PutFunctionConcurrencyCommand,
} from "@aws-sdk/client-lambda";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { good, HeldHost } from "./fixtures/held-host.ts";
import { functionInput, type LambdaNode, openLambdaNode } from "./fixtures/lambda-node.ts";
import { clientRefusal } from "./fixtures/refusal.ts";

let node: LambdaNode;
let host: HeldHost;
beforeEach(async () => {
  host = new HeldHost();
  node = await openLambdaNode({ host });
  await create("hello");
});
afterEach(() => node.close());

const create = (name: string) =>
  node.client.send(new CreateFunctionCommand(functionInput(name, "1", { Publish: true }) as never));
const reserve = (ReservedConcurrentExecutions: number, FunctionName = "hello") =>
  node.client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
const get = () => node.client.send(new GetFunctionConcurrencyCommand({ FunctionName: "hello" }));
const invoke = (more: object = {}) => node.client.send(new InvokeCommand({ FunctionName: "hello", ...more }));
const tooMany = ["TooManyRequestsException", 429, "Rate Exceeded."];

describe("reserved concurrency", () => {
  test("is shown with the function and taken off the account's", async () => {
    expect(await get()).not.toHaveProperty("ReservedConcurrentExecutions");
    expect(await reserve(7)).toMatchObject({ ReservedConcurrentExecutions: 7 });
    expect(await get()).toMatchObject({ ReservedConcurrentExecutions: 7 });
    const found = await node.client.send(new GetFunctionCommand({ FunctionName: "hello" }));
    expect(found.Concurrency).toEqual({ ReservedConcurrentExecutions: 7 });
    expect(await node.client.send(new GetAccountSettingsCommand({}))).toMatchObject({
      AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 993 },
      AccountUsage: { FunctionCount: 1, TotalCodeSize: 2 * found.Configuration!.CodeSize! },
    });
    await node.client.send(new DeleteFunctionConcurrencyCommand({ FunctionName: "hello" }));
    expect(await get()).not.toHaveProperty("ReservedConcurrentExecutions");
  });

  test("refuses a caller who waits when all places are taken, by any version, until one is free", async () => {
    await reserve(2);
    const running = [invoke(), invoke({ Qualifier: "1" })];
    await host.saw(2);
    expect(await clientRefusal(node, () => invoke())).toEqual(tooMany);
    await expect(invoke()).rejects.toMatchObject({
      Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
      Type: "User",
    });
    host.end(good);
    await Promise.race(running);
    const next = invoke();
    await host.saw(3);
    host.end(good);
    host.end(good);
    expect((await next).StatusCode).toBe(200);
  });

  test("lets events wait", async () => {
    await reserve(1);
    await invoke({ InvocationType: "Event" });
    await host.saw(1);
    expect((await invoke({ InvocationType: "Event" })).StatusCode).toBe(202);
    while (node.clock.nextTimerMs() === undefined) await sleep(1);
    expect(host.requests).toHaveLength(1);
    host.end(good);
    while ((await node.stored()).work !== 1) await sleep(1);
    node.clock.advance(1000);
    await host.saw(2);
    host.end(good);
    while ((await node.stored()).work !== 0) await sleep(1);
  });

  test("of nothing switches a function off", async () => {
    await reserve(0);
    expect(await clientRefusal(node, () => invoke())).toEqual(tooMany);
    expect((await invoke({ InvocationType: "Event" })).StatusCode).toBe(202);
    while ((await node.stored()).work !== 0) await sleep(1);
    expect(node.lines.at(-1)?.message).toBe(
      "an asynchronous event was dropped: the function's reserved concurrency is 0",
    );
    expect(host.requests).toEqual([]);
  });
});

describe("is refused, and nothing changes:", () => {
  const refusal = (act: () => Promise<unknown>) => clientRefusal(node, act);

  test("more than the account can spare", async () => {
    await create("other");
    await reserve(500, "other");
    await reserve(400);
    expect(await refusal(() => reserve(401))).toEqual([
      "InvalidParameterValueException",
      400,
      "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
    ]);
  });

  test("a reservation for a version, or for a function that is not there", async () => {
    expect((await refusal(() => reserve(1, "hello:1")))[2]).toMatch(
      /^This operation is permitted on Lambda functions only\./,
    );
    expect((await refusal(() => reserve(1, "other")))[0]).toBe("ResourceNotFoundException");
  });
});
