import * as sfn from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serviceSchema } from "../kernel/schema/services.ts";
import { senderOf, testDeclaredErrors } from "./fixtures/client-tests.ts";
import { fromClient, sampleOf } from "./fixtures/samples.ts";
import { clientOptions, listenRecording } from "./fixtures/served.ts";

/** AWS's own Step Functions client, which speaks aws-json 1.0: every operation, every member, every error. */
const schema = serviceSchema("states");
const operations = [...schema.operations.values()];

let served: Awaited<ReturnType<typeof listenRecording>>;
let client: sfn.SFNClient;

beforeAll(async () => {
  served = await listenRecording();
  // StartSyncExecution and TestState otherwise put `sync-` before the host, which is no name here.
  client = new sfn.SFNClient({ ...clientOptions(served.listener), disableHostPrefix: true });
});
afterAll(async () => {
  client.destroy();
  await served.listener.close();
});

const send = senderOf(sfn, () => client);

describe("what the client sends is what the operation gets, and what it returns is what the client gets", () => {
  test.for(operations.map((operation) => [operation.name, operation] as const))(
    "%s",
    async ([, operation]) => {
      const input = sampleOf(operation.input);
      const output = sampleOf(operation.output);
      served.calls.length = 0;
      served.reply = () => output;

      const result = await send(operation, input);

      expect(served.calls).toMatchObject([
        { operation: operation.fullName, input, context: { region: "eu-west-1" } },
      ]);
      expect(fromClient(operation.output, result)).toEqual(output);
    },
  );
});

describe("each error that an operation declares reaches the caller as its class, with message and fields", () => {
  testDeclaredErrors(schema, sfn, send, () => served);
});

test("an operation that Step Functions does not have is refused by its name", async () => {
  const reply = await fetch(served.listener.url, {
    method: "POST",
    headers: { "x-amz-target": "AWSStepFunctions.StartOver" },
    body: "{}",
  });

  expect(reply.status).toBe(400);
  expect(reply.headers.get("content-type")).toBe("application/x-amz-json-1.0");
  expect(await reply.json()).toEqual({
    __type: "UnknownOperationException",
    message: "Stepwell's states has no operation StartOver.",
  });
});
