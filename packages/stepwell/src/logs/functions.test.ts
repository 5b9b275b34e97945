import { DescribeLogStreamsCommand, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LogsNode, openLogsNode } from "./fixtures/logs-node.ts";

let logs: LogsNode;
beforeAll(async () => {
  logs = await openLogsNode();
});
afterAll(() => logs.close());

async function streamsOf(logGroupName: string) {
  const { logStreams } = await logs.client.send(
    new DescribeLogStreamsCommand({ logGroupName, orderBy: "LastEventTime", descending: true }),
  );
  return logStreams!;
}

describe("what a function logs", () => {
  test("is in its group right after the invocation, with the lines that Lambda adds", async () => {
    await logs.createFunction(
      "greet",
      `export const handler = async () => { console.log("hello"); console.error("oh no"); return 1; };`,
    );
    expect(await logs.invoke("greet")).toBe(1);

    const [stream] = await streamsOf("/aws/lambda/greet");
    expect(stream!.logStreamName).toMatch(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/);
    const { events } = await logs.client.send(
      new GetLogEventsCommand({ logGroupName: "/aws/lambda/greet", logStreamName: stream!.logStreamName }),
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
      storedBytes: 0,
      arn: `arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/greet:log-stream:${stream!.logStreamName}`,
    });
  });
});
