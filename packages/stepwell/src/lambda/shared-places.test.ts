import { CreateFunctionCommand, InvokeCommand, PutFunctionConcurrencyCommand } from "@aws-sdk/client-lambda";
import { afterEach, beforeEach, expect, test } from "vitest";
import { silentLogger } from "../kernel/logger.ts";
import { work } from "../kernel/work.ts";
import { openPostgresStore } from "../store/postgres.ts";
import { sharedPostgresUrl } from "../testing/postgres-server.ts";
import { good, HeldHost } from "./fixtures/held-host.ts";
import { functionInput, type LambdaNode, openLambdaNode } from "./fixtures/lambda-node.ts";
import { clientRefusal } from "./fixtures/refusal.ts";

const tooMany = ["TooManyRequestsException", 429, "Rate Exceeded."];
let schemas = 0;
let nodes: { readonly node: LambdaNode; readonly host: HeldHost }[];
beforeEach(async () => {
  const url = await sharedPostgresUrl();
  const schema = `places_${process.pid}_${++schemas}`;
  nodes = [];
  for (const owner of ["a", "b"]) {
    const host = new HeldHost();
    const openStore = (clock: LambdaNode["clock"]) =>
      openPostgresStore({ url, schema, clock, log: silentLogger });
    nodes.push({ node: await openLambdaNode({ host, owner, openStore }), host });
  }
  await nodes[0]!.node.client.send(new CreateFunctionCommand(functionInput("hello") as never));
});
afterEach(async () => {
  for (const { node } of nodes) await node.close();
});

const reserve = (ReservedConcurrentExecutions: number) =>
  nodes[0]!.node.client.send(
    new PutFunctionConcurrencyCommand({ FunctionName: "hello", ReservedConcurrentExecutions }),
  );
const invoke = (i: number) => nodes[i]!.node.client.send(new InvokeCommand({ FunctionName: "hello" }));
const refusal = (i: number) => clientRefusal(nodes[i]!.node, () => invoke(i));

test("two nodes share the places that a function has reserved, and one that is left is free for the other at once", async () => {
  await reserve(2);
  const running = [invoke(0), invoke(1)];
  await Promise.all(nodes.map(({ host }) => host.saw(1)));
  for (const i of [0, 1]) expect(await refusal(i)).toEqual(tooMany);
  nodes[0]!.host.end(good);
  await running[0];
  const next = invoke(1);
  await nodes[1]!.host.saw(2);
  expect(await refusal(0)).toEqual(tooMany);
  for (let i = 0; i < 2; i++) nodes[1]!.host.end(good);
  expect((await Promise.all([next, running[1]])).map((answer) => answer!.StatusCode)).toEqual([200, 200]);
  expect(await nodes[0]!.node.stored()).toMatchObject({ work: 0 });
});

test("as many as there are places run of many who ask both nodes at once", async () => {
  await reserve(5);
  const refusals: string[] = [];
  const answers = Array.from({ length: 30 }, (_, i) =>
    invoke(i % 2).catch((error) => void refusals.push(error.name)),
  );
  await expect.poll(() => refusals.length).toBe(25);
  expect(new Set(refusals)).toEqual(new Set(["TooManyRequestsException"]));
  const ran = nodes.flatMap(({ host }) => host.requests.map(() => host));
  for (const host of ran) host.end(good);
  expect((await Promise.all(answers)).filter(Boolean)).toHaveLength(5);
});

test("with fewer places than before none is taken until enough of those that run have ended", async () => {
  await reserve(3);
  const running = [invoke(0), invoke(0), invoke(0)];
  await nodes[0]!.host.saw(3);
  await reserve(1);
  for (let ended = 0; ended < 3; ended++) {
    expect(await refusal(1)).toEqual(tooMany);
    nodes[0]!.host.end(good);
    await Promise.race(running.slice(ended));
    await expect.poll(async () => (await nodes[0]!.node.stored()).work).toBe(2 - ended);
  }
  const next = invoke(1);
  await nodes[1]!.host.saw(1);
  nodes[1]!.host.end(good);
  expect((await next).StatusCode).toBe(200);
});

test("the places of a node that has died are free, and are not taken for work", async () => {
  const [{ node, host }] = nodes as [(typeof nodes)[0]];
  await reserve(1);
  const lost = invoke(0);
  await host.saw(1);
  // As another node does that finds it dead.
  await node.store.commit([work.freeAll()], { key: "test" });
  const next = invoke(1);
  await nodes[1]!.host.saw(1);
  expect(await refusal(0)).toEqual(tooMany);
  host.end(good);
  // It comes back, and takes nothing from whoever has the place now.
  expect((await lost).StatusCode).toBe(200);
  expect(await refusal(0)).toEqual(tooMany);
  nodes[1]!.host.end(good);
  await next;
  expect(await node.stored()).toMatchObject({ work: 0 });
});
