import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DeleteLogGroupCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  StartLiveTailCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { InvocationType, InvokeCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LogsNode, openLogsNode } from "./fixtures/logs-node.ts";

let logs: LogsNode;
beforeAll(async () => {
  logs = await openLogsNode();
});
afterAll(() => logs.close());

async function latestStream(logGroupName: string, of = logs) {
  const { logStreams } = await of.client.send(
    new DescribeLogStreamsCommand({ logGroupName, orderBy: "LastEventTime", descending: true }),
  );
  return logStreams![0]!;
}

async function found(logGroupName: string, filterPattern: string, of = logs) {
  const { events } = await of.client.send(new FilterLogEventsCommand({ logGroupName, filterPattern }));
  return events!;
}

const LOGS_ITS_EVENT = "export const handler = async (event) => { console.log(event.text); };";

describe("what a function logs", () => {
  test("is in its group right after the invocation, with the lines that Lambda adds", async () => {
    await logs.createFunction(
      "greet",
      `export const handler = async () => { console.log("hello"); console.error("oh no"); return 1; };`,
    );
    expect(await logs.invoke("greet")).toBe(1);

    const stream = await latestStream("/aws/lambda/greet");
    expect(stream.logStreamName).toMatch(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/);
    const { events } = await logs.client.send(
      new GetLogEventsCommand({ logGroupName: "/aws/lambda/greet", logStreamName: stream.logStreamName }),
    );
    expect(events!.map((event) => event.message)).toEqual([
      expect.stringMatching(/^START RequestId: \S+ Version: \$LATEST\n$/),
      expect.stringMatching(/\tINFO\thello\n$/),
      expect.stringMatching(/\tERROR\toh no\n$/),
      expect.stringMatching(/^END RequestId/),
      expect.stringMatching(/^REPORT RequestId/),
    ]);
    const now = Date.now();
    for (const { timestamp, ingestionTime } of events!) {
      expect(timestamp).toBeGreaterThan(now - 60_000);
      expect(ingestionTime).toBeGreaterThanOrEqual(timestamp!);
    }
    expect(stream).toMatchObject({
      firstEventTimestamp: events![0]!.timestamp,
      lastEventTimestamp: events!.at(-1)!.timestamp,
    });
  });

  test("is found by a filter, across its invocations", async () => {
    await logs.createFunction("echo", LOGS_ITS_EVENT);
    for (const text of ["order 1 placed", "order 2 failed", "order 3 placed"])
      await logs.invoke("echo", { text });
    const events = await found("/aws/lambda/echo", "order -failed");
    expect(events.map((event) => event.message!.split("\t").at(-1))).toEqual([
      "order 1 placed\n",
      "order 3 placed\n",
    ]);
  });

  test("may be JSON, whose fields a filter finds", async () => {
    const code = `export const handler = async ({ ms }) => {
      process.stdout.write(JSON.stringify({ level: "WARN", ms }) + "\\n");
    };`;
    await logs.createFunction("structured", code);
    for (const ms of [5, 50, 500]) await logs.invoke("structured", { ms });
    const events = await found("/aws/lambda/structured", '{ $.level = "WARN" && $.ms >= 50 }');
    expect(events.map((event) => JSON.parse(event.message!).ms)).toEqual([50, 500]);
  });

  test("goes to the group that the function names", async () => {
    await logs.createFunction("elsewhere", LOGS_ITS_EVENT, { LoggingConfig: { LogGroup: "/shop/all" } });
    await logs.invoke("elsewhere", { text: "here I am" });
    expect(await found("/shop/all", '"here I am"')).toHaveLength(1);
  });

  test("by two functions at the same time into one group is all there", async () => {
    const shared = { LoggingConfig: { LogGroup: "/shop/shared" } };
    await logs.createFunction("left", LOGS_ITS_EVENT, shared);
    await logs.createFunction("right", LOGS_ITS_EVENT, shared);
    const texts = ["left", "right"].flatMap((name) =>
      Array.from({ length: 20 }, (_, i) => `${name} ${i} said`),
    );
    await Promise.all(texts.map((text) => logs.invoke(text.split(" ")[0]!, { text })));
    const events = await found("/shop/shared", "said");
    expect(events.map((event) => event.message!.trim().split("\t").at(-1)).sort()).toEqual(texts.sort());
  });

  test("asynchronously is there too", async () => {
    await logs.createFunction("later", LOGS_ITS_EVENT);
    const Payload = Buffer.from('{"text":"in the background"}');
    await logs.lambda.send(
      new InvokeCommand({ FunctionName: "later", InvocationType: InvocationType.Event, Payload }),
    );
    await expect.poll(() => found("/aws/lambda/later", "background").catch(() => [])).toHaveLength(1);
  });

  test("when it fails says why", async () => {
    await logs.createFunction(
      "failing",
      `export const handler = async () => { throw new Error("no luck"); };`,
    );
    await logs.invoke("failing");
    expect(await found("/aws/lambda/failing", '"no luck"')).toHaveLength(1);
  });

  test("goes on in a new group when its group was deleted", async () => {
    await logs.createFunction("persistent", LOGS_ITS_EVENT);
    await logs.invoke("persistent", { text: "one" });
    await logs.client.send(new DeleteLogGroupCommand({ logGroupName: "/aws/lambda/persistent" }));
    await expect(latestStream("/aws/lambda/persistent")).rejects.toThrow(
      "The specified log group does not exist.",
    );
    await logs.invoke("persistent", { text: "two" });
    const events = await found("/aws/lambda/persistent", "INFO");
    expect(events.map((event) => event.message!.split("\t").at(-1))).toEqual(["two\n"]);
  });

  test("can be followed by AWS's client and in the same process", async () => {
    await logs.createFunction("followed", LOGS_ITS_EVENT);
    await logs.invoke("followed", { text: "before" });
    const { responseStream } = await logs.client.send(
      new StartLiveTailCommand({ logGroupIdentifiers: ["/aws/lambda/followed"] }),
    );
    const leaving = new AbortController();
    const group = { account: "000000000000", region: "us-east-1", logGroup: "/aws/lambda/followed" };
    const here = logs.node.tail([group], leaving.signal);
    await logs.invoke("followed", { text: "live" });

    const sent: string[] = [];
    for await (const { sessionUpdate } of responseStream!) {
      sent.push(...(sessionUpdate?.sessionResults ?? []).map((result) => result.message!));
      if (sent.at(-1)?.startsWith("REPORT")) break;
    }
    expect(sent).toEqual([
      expect.stringMatching(/^START/),
      expect.stringMatching(/\tlive\n$/),
      expect.stringMatching(/^END/),
      expect.stringMatching(/^REPORT/),
    ]);
    const followed: string[] = [];
    for await (const { events } of here) {
      followed.push(...events.map((event) => event.message));
      if (followed.length === sent.length) leaving.abort();
    }
    expect(followed).toEqual(sent);
  });
});

test("a function can write to Logs with AWS's client", async () => {
  const code = `import { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
    const client = new CloudWatchLogs({});
    export const handler = async () => {
      await client.createLogGroup({ logGroupName: "audit" });
      await client.createLogStream({ logGroupName: "audit", logStreamName: "main" });
      await client.putLogEvents({
        logGroupName: "audit",
        logStreamName: "main",
        logEvents: [{ timestamp: Date.now(), message: "signed in" }],
      });
      return "written";
    };`;
  await logs.createFunction("audited", code, { Timeout: 20 });
  expect(await logs.invoke("audited")).toBe("written");
  expect(await found("audit", "signed")).toMatchObject([{ logStreamName: "main", message: "signed in" }]);
});

test("what was logged is still there after a restart, and goes on", async () => {
  const data = await mkdtemp(join(tmpdir(), "stepwell-logs-"));
  const first = await openLogsNode({ data });
  await first.createFunction("kept", LOGS_ITS_EVENT);
  await first.invoke("kept", { text: "first life" });
  await first.close();

  const second = await openLogsNode({ data });
  await second.invoke("kept", { text: "second life" });
  const events = await found("/aws/lambda/kept", "life", second);
  expect(events.map((event) => event.message!.split("\t").at(-1))).toEqual(["first life\n", "second life\n"]);
  await second.close();
  await rm(data, { recursive: true, force: true });
});

test("a node that is followed closes without waiting for its followers", async () => {
  const node = await openLogsNode();
  await node.createFunction("any", LOGS_ITS_EVENT);
  await node.invoke("any");
  const { responseStream } = await node.client.send(
    new StartLiveTailCommand({ logGroupIdentifiers: ["/aws/lambda/any"] }),
  );
  const events: object[] = [];
  const following = (async () => {
    for await (const event of responseStream!) events.push(event);
  })();
  // Longer than this test may take.
  await node.node.close(60_000);
  await following;
  expect(events).toEqual([{ sessionStart: expect.anything() }]);
  await node.close();
});
