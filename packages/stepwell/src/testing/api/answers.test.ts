import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serviceSchema } from "../../kernel/schema/services.ts";
import { LAMBDA_ABSENT, LOGS_ABSENT } from "./absent-members.ts";
import { everyEvent } from "./every-event.ts";
import { documentedMembers, givenMembers } from "./members.ts";
import { EVERY_SETTING, openSeededNode, PLAIN_ZIP, type SeededNode } from "./seeded-node.ts";
import { NO_SEEDS, SERVICE_CASES } from "./service-cases.ts";

/**
 * Every operation answers AWS's own client, and between them its answers have every member that AWS documents, but for
 * those that absent-members.ts names with a reason.
 */
const DAY_MS = 86_400_000;
const SERVICES = {
  lambda: { absent: LAMBDA_ABSENT, casesOf: SERVICE_CASES.lambda },
  logs: { absent: LOGS_ABSENT, casesOf: SERVICE_CASES.logs },
};

let node: SeededNode;
/** The members that answers have had so far, by operation. */
const given = new Map<string, Set<string>>();

/** Sends with AWS's client and notes what the answer has. */
async function ask(service: string, name: string, input: object) {
  const answer = await node.send(service, name, input);
  if (name === "StartLiveTail") answer.responseStream = await followed(answer.responseStream);
  if (name === "InvokeWithResponseStream") answer.EventStream = await allOf(answer.EventStream);
  const { output } = serviceSchema(service).operations.get(name)!;
  given.set(name, new Set([...(given.get(name) ?? []), ...givenMembers(output, answer)]));
  return answer;
}

beforeAll(async () => {
  node = await openSeededNode();
  await tenants();
  await everyEvent(node, (name, input) => ask("lambda", name, input));
  const order = { FunctionName: "order" };
  for (const name of ["Invoke", "InvokeWithResponseStream"]) {
    await ask("lambda", name, { FunctionName: "plain", Payload: '{"fail":"why"}' });
  }
  const { DurableExecutionArn } = await ask("lambda", "Invoke", { ...order, Payload: '{"do":"succeed"}' });
  await ask("lambda", "GetDurableExecution", { DurableExecutionArn });
  await ask("lambda", "ListDurableExecutionsByFunction", { ...order, Statuses: ["SUCCEEDED"] });
  await ask("logs", "DescribeLogGroups", {});
  await ask("logs", "DescribeLogStreams", { logGroupName: "g" });
  await ask("logs", "StartLiveTail", { logGroupIdentifiers: ["g"], logStreamNamePrefixes: ["s"] });
  const now = Date.now();
  await ask("logs", "PutLogEvents", {
    ...{ logGroupName: "g", logStreamName: "s" },
    logEvents: [-15, -10, 1].map((days) => ({ timestamp: now + days * DAY_MS, message: "too old or new" })),
  });
});
afterAll(() => node.close());

/** What is told of a function with tenant isolation. */
async function tenants(): Promise<void> {
  const FunctionName = "tenants";
  const { DurableConfig: _, ...settings } = EVERY_SETTING;
  const ZipFile = PLAIN_ZIP;
  const TenancyConfig = { TenantIsolationMode: "PER_TENANT" };
  await ask("lambda", "CreateFunction", { FunctionName, ...settings, Code: { ZipFile }, TenancyConfig });
  await ask("lambda", "UpdateFunctionCode", { FunctionName, ZipFile });
  for (const name of [
    ...["UpdateFunctionConfiguration", "PublishVersion", "GetFunction", "GetFunctionConfiguration"],
    ...["ListVersionsByFunction", "ListFunctions"],
  ]) {
    await ask("lambda", name, { FunctionName });
  }
}

describe.each(Object.entries(SERVICES))("%s", (service, { casesOf, absent }) => {
  const isAbsent = (name: string) => (member: string) => member in absent || `${name}: ${member}` in absent;

  describe("answers AWS's client, with every member of the response", () => {
    test.each(Object.keys(casesOf(NO_SEEDS)))("%s", async (name) => {
      await ask(service, name, casesOf(node.seeds)[name]!.good);
      const { output } = serviceSchema(service).operations.get(name)!;
      const members = [...documentedMembers(output, isAbsent(name))];
      expect(members.filter((member) => !given.get(name)!.has(member))).toEqual([]);
    });
  });

  test("no member that is said to be absent is ever given", () => {
    const names = Object.keys(casesOf(NO_SEEDS));
    const wrong = names.flatMap((name) => [...given.get(name)!].filter(isAbsent(name)));
    expect(wrong).toEqual([]);
  });

  test("every member that is said to be absent is one of AWS's", () => {
    const all = Object.keys(casesOf(NO_SEEDS)).flatMap((name) => {
      const { output } = serviceSchema(service).operations.get(name)!;
      const members = [...documentedMembers(output, () => false)];
      return [...members, ...members.map((member) => `${name}: ${member}`)];
    });
    expect(Object.keys(absent).filter((member) => !all.includes(member))).toEqual([]);
  });
});

/** A live tail up to its first events, which are put once it has begun. */
async function followed(stream: AsyncIterable<Record<string, { sessionResults?: unknown[] }>>) {
  const events: object[] = [];
  for await (const event of stream) {
    events.push(event);
    if (event.sessionUpdate?.sessionResults?.length) return events;
    if (event.sessionStart) {
      const logEvents = [{ timestamp: Date.now(), message: "line of a tail" }];
      await node.send("logs", "PutLogEvents", { logGroupName: "g", logStreamName: "s", logEvents });
    }
  }
  return events;
}

async function allOf(stream: AsyncIterable<object>): Promise<object[]> {
  const events: object[] = [];
  for await (const event of stream) events.push(event);
  return events;
}
