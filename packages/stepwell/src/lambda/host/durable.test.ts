import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { AwsError } from "../../kernel/errors.ts";
import { acceptingPort, envelope, HostFixture } from "./fixture.ts";
import type { FunctionCode, InvocationRequest } from "./host.ts";

const fixture = new HostFixture();
afterAll(() => fixture[Symbol.asyncDispose]());

let port = acceptingPort();
beforeEach(() => {
  port = acceptingPort();
});

function invoke(code: FunctionCode, input: unknown = {}, more: Partial<InvocationRequest> = {}) {
  return fixture.result(code, {}, { event: { durable: envelope(input), port }, ...more });
}

describe("a durable function", () => {
  test.each([
    [
      "AWS's SDK in an ES module",
      "aws.mjs",
      `import { withDurableExecution } from "@aws/durable-execution-sdk-js"; export const handler = `,
    ],
    [
      "AWS's SDK in CommonJS",
      "aws.cjs",
      `const { withDurableExecution } = require("@aws/durable-execution-sdk-js"); exports.handler = `,
    ],
  ])("checkpoints with %s", async (_title, file, head) => {
    const body = `withDurableExecution(async (event, context) => ({ sum: await context.step("add", async () => event.a + event.b) }));`;
    const code = fixture.write(file, head + body, { timeoutMs: 20_000 });
    const output = await invoke(code, { a: 1, b: 2 });
    expect(output).toEqual({ Status: "SUCCEEDED", Result: `{"sum":3}` });
    expect(port.asked[0]).toMatchObject({
      CheckpointToken: "token-0",
      Updates: [
        { Type: "STEP", Action: "START", Name: "add" },
        { Type: "STEP", Action: "SUCCEED", Name: "add", Payload: "3" },
      ],
    });
  });

  test("finds in its event what AWS's SDK looks for, and prints like AWS's event", async () => {
    const code = fixture.handler(`
      return {
        tag: String(event), constructor: event.constructor.name, keys: Object.keys(event),
        client: typeof event.durableExecutionClient.checkpoint, json: JSON.stringify(event),
        date: event.InitialExecutionState.Operations[0].StartTimestamp instanceof Date,
        updated: event.UpdatedOperationIds,
      }`);
    const durable = { ...envelope({}), UpdatedOperationIds: ["a"] };
    expect(await invoke(code, {}, { event: { durable, port } })).toEqual({
      tag: "[object DurableExecutionInvocationInputWithClient]",
      constructor: "DurableExecutionInvocationInputWithClient",
      keys: ["DurableExecutionArn", "CheckpointToken", "InitialExecutionState", "UpdatedOperationIds"],
      client: "function",
      json: expect.stringContaining(`"StartTimestamp":"2030-01-01T00:00:00.000Z"`),
      date: true,
      updated: ["a"],
    });
  });

  const request = `{ DurableExecutionArn: event.DurableExecutionArn, CheckpointToken: event.CheckpointToken }`;

  test("gets Dates from the client, and the protocol's own numbers from Stepwell's port", async () => {
    port.checkpoint = async () => ({
      CheckpointToken: "next",
      NewExecutionState: {
        Operations: [
          {
            Id: "s",
            Type: "STEP",
            Status: "PENDING",
            StartTimestamp: 1,
            StepDetails: { NextAttemptTimestamp: 2 },
          },
          {
            Id: "w",
            Type: "WAIT",
            Status: "SUCCEEDED",
            StartTimestamp: 1,
            EndTimestamp: 4,
            WaitDetails: { ScheduledEndTimestamp: 3 },
          },
        ],
      },
    });
    const code = fixture.handler(`
      const kind = (value) => value instanceof Date ? value.getTime() + " as a Date" : value;
      const times = (reply) => reply.NewExecutionState.Operations.flatMap((operation) => [
        operation.StartTimestamp, operation.EndTimestamp, operation.StepDetails?.NextAttemptTimestamp, operation.WaitDetails?.ScheduledEndTimestamp,
      ]).filter((time) => time !== undefined).map(kind);
      return [
        times(await event.durableExecutionClient.checkpoint(${request})),
        times(await event[Symbol.for("stepwell.durable.port")].checkpoint(${request})),
      ]`);
    expect(await invoke(code)).toEqual([
      ["1 as a Date", "2 as a Date", "1 as a Date", "4 as a Date", "3 as a Date"],
      [1, 2, 1, 4, 3],
    ]);
  });

  test("reads the rest of its state page by page", async () => {
    port.getState = async (asked) => ({ Operations: [], NextMarker: `after ${asked.Marker}` });
    const code = fixture.handler(
      `return event.durableExecutionClient.getExecutionState({ ...${request}, Marker: "m", MaxItems: 1000 })`,
    );
    expect(await invoke(code)).toEqual({ Operations: [], NextMarker: "after m" });
  });

  test("sees the service's errors as AWS's clients throw them", async () => {
    port.checkpoint = async () => {
      throw new AwsError("TooManyRequestsException", "Slow down.", { httpStatus: 429 });
    };
    const code = fixture.handler(`
      try { await event.durableExecutionClient.checkpoint(${request}) }
      catch (error) { return { name: error.name, message: error.message, fault: error.$fault, metadata: error.$metadata, error: error instanceof Error } }`);
    expect(await invoke(code)).toEqual({
      name: "TooManyRequestsException",
      message: "Slow down.",
      fault: "client",
      metadata: { httpStatusCode: 429 },
      error: true,
    });
  });

  test("sees a failure of the server itself as a server's fault, which the SDKs retry", async () => {
    port.checkpoint = async () => {
      throw new Error("database is gone");
    };
    const code = fixture.handler(`
      try { await event.durableExecutionClient.checkpoint(${request}) }
      catch (error) { return [error.name, error.$fault, error.$metadata.httpStatusCode] }`);
    expect(await invoke(code)).toEqual(["ServiceException", "server", 500]);
  });

  test("cannot checkpoint any more once its invocation has ended", async () => {
    const code = fixture.write(
      "late.mjs",
      `let late;
       export const handler = async (event) => {
         if (late) return late();
         late = () => event.durableExecutionClient.checkpoint(${request}).catch((error) => [error.name, error.message]);
       };`,
    );
    await invoke(code);
    expect(await invoke(code)).toEqual([
      "InvalidParameterValueException",
      expect.stringMatching(/^Invalid Checkpoint Token/),
    ]);
    expect(port.asked).toEqual([]);
  });

  test("can have many checkpoints under way at once, answered in any order", async () => {
    const waiting: (() => void)[] = [];
    port.checkpoint = async (asked) => {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (waiting.length === 50) for (const answer of waiting.reverse()) answer();
      });
      return { CheckpointToken: asked.CheckpointToken, NewExecutionState: { Operations: [] } };
    };
    const code = fixture.handler(`
      const port = event[Symbol.for("stepwell.durable.port")];
      const replies = await Promise.all(Array.from({ length: 50 }, (_, i) => port.checkpoint({ ...${request}, CheckpointToken: "t" + i })));
      return replies.every((reply, i) => reply.CheckpointToken === "t" + i)`);
    expect(await invoke(code)).toBe(true);
  });
});
