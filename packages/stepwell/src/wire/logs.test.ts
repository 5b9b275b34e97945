import * as logs from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AwsError } from "../kernel/errors.ts";
import { serviceSchema } from "../kernel/schema/services.ts";
import { senderOf, testDeclaredErrors } from "./fixtures/client-tests.ts";
import { fromClient, sampleOf } from "./fixtures/samples.ts";
import { clientOptions, listenRecording } from "./fixtures/served.ts";

/** AWS's own CloudWatch Logs client, which speaks aws-json 1.1: every operation, every member, every error. */
const schema = serviceSchema("logs");
const operations = [...schema.operations.values()];
/** Operations whose output has an event stream, under these members. */
const STREAMS: Readonly<Record<string, string>> = {
  StartLiveTail: "responseStream",
  GetLogObject: "fieldStream",
};

let served: Awaited<ReturnType<typeof listenRecording>>;
let client: logs.CloudWatchLogsClient;

beforeAll(async () => {
  served = await listenRecording();
  // StartLiveTail otherwise puts `stream-` before the host, which is no name here.
  client = new logs.CloudWatchLogsClient({ ...clientOptions(served.listener), disableHostPrefix: true });
});
afterAll(async () => {
  client.destroy();
  await served.listener.close();
});

const send = senderOf(logs, () => client);

describe("what the client sends is what the operation gets, and what it returns is what the client gets", () => {
  test.for(operations.map((operation) => [operation.name, operation] as const))(
    "%s",
    async ([name, operation]) => {
      const input = sampleOf(operation.input);
      const output = sampleOf(operation.output) as Record<string, unknown>;
      const stream = STREAMS[name];
      served.calls.length = 0;
      served.reply = () => (stream ? { ...output, [stream]: [output[stream]] } : output);

      const result = await send(operation, input);
      if (stream) result[stream] = await firstOf(result[stream] as AsyncIterable<unknown>);

      expect(served.calls).toMatchObject([
        { operation: operation.fullName, input, context: { region: "eu-west-1" } },
      ]);
      expect(fromClient(operation.output, result)).toEqual(output);
    },
  );

  async function firstOf(events: AsyncIterable<unknown>): Promise<unknown> {
    for await (const event of events) return event;
  }
});

test("an error after the first event ends the stream with its code", async () => {
  served.reply = () => ({
    responseStream: (async function* () {
      yield { sessionStart: { sessionId: "s" } };
      throw new AwsError("SessionTimeoutException", "That was long.");
    })(),
  });
  const { responseStream } = await client.send(new logs.StartLiveTailCommand({ logGroupIdentifiers: ["g"] }));
  const seen: unknown[] = [];
  const reading = (async () => {
    for await (const event of responseStream!) seen.push(event);
  })();

  await expect(reading).rejects.toMatchObject({ name: "SessionTimeoutException" });
  expect(seen).toEqual([{ sessionStart: { sessionId: "s" } }]);
});

describe("each error that an operation declares reaches the caller as its class, with message and fields", () => {
  testDeclaredErrors(schema, logs, send, () => served);
});
