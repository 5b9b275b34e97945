import * as lambda from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serviceSchema } from "../kernel/schema/services.ts";
import { senderOf, testDeclaredErrors } from "./fixtures/client-tests.ts";
import { fromClient, sampleOf, toClient } from "./fixtures/samples.ts";
import { clientOptions, listenRecording } from "./fixtures/served.ts";

/** AWS's own client against a listening server: every operation, every member, every error. */
const schema = serviceSchema("lambda");
const operations = [...schema.operations.values()];
const streams = "InvokeWithResponseStream";

let served: Awaited<ReturnType<typeof listenRecording>>;
let client: lambda.LambdaClient;

beforeAll(async () => {
  served = await listenRecording();
  client = new lambda.LambdaClient(clientOptions(served.listener));
});
afterAll(async () => {
  client.destroy();
  await served.listener.close();
});

const send = senderOf(lambda, () => client);

async function collect(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe("what the client sends is what the operation gets, and what it returns is what the client gets", () => {
  test.for(operations.map((operation) => [operation.name, operation] as const))(
    "%s",
    async ([name, operation]) => {
      const input = sampleOf(operation.input) as Record<string, unknown>;
      const output = sampleOf(operation.output) as Record<string, unknown>;
      let got: Record<string, unknown> = {};
      served.calls.length = 0;
      served.reply = async (_context, received) => {
        got = { ...(received as object) };
        if (name === "InvokeAsync")
          got.InvokeArgs = await collect(got.InvokeArgs as AsyncIterable<Uint8Array>);
        return name === streams ? { ...output, EventStream: [output.EventStream] } : output;
      };

      const result = await send(operation, input);

      expect(served.calls[0]?.operation).toBe(operation.fullName);
      expect(got).toEqual(input);
      if (name === streams) result.EventStream = await firstEvent(result.EventStream);
      expect(fromClient(operation.output, result)).toEqual(
        fromClient(operation.output, toClient(operation.output, output)),
      );
    },
  );

  async function firstEvent(events: unknown): Promise<unknown> {
    for await (const event of events as AsyncIterable<unknown>) return event;
  }
});

describe("each error that an operation declares reaches the caller as its class, with message and fields", () => {
  testDeclaredErrors(schema, lambda, send, () => served);
});
