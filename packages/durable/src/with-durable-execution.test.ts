import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { LambdaClient } from "./types/execution.ts";
import type { LambdaContext } from "./types/lambda.ts";
import type { DurableExecutionInvocationInput } from "./types/wire.ts";
import { withDurableExecution } from "./with-durable-execution.ts";

const context = { awsRequestId: "r", getRemainingTimeInMillis: () => 1000 } as LambdaContext;

/** An event as Lambda sends it: JSON. */
const event = (more: Partial<DurableExecutionInvocationInput> = {}): DurableExecutionInvocationInput => ({
  DurableExecutionArn: "arn",
  CheckpointToken: "token",
  InitialExecutionState: {
    Operations: [
      {
        Id: "e",
        Type: "EXECUTION",
        Status: "STARTED",
        StartTimestamp: "2030-01-01T00:00:00Z",
        ExecutionDetails: { InputPayload: '{"n":1}' },
      },
    ],
  },
  ...more,
});

afterEach(() => vi.unstubAllEnvs());

describe("Without a port, a handler", () => {
  test("goes over the Lambda client it is given, with the commands of the AWS SDK", async () => {
    const sent: [string, object][] = [];
    const client: LambdaClient = {
      send: async (command: { constructor: { name: string }; input: { Updates?: object[] } }) => {
        sent.push([command.constructor.name, command.input]);
        return command.constructor.name === "GetDurableExecutionStateCommand"
          ? {
              Operations: [
                {
                  Id: "c4ca4238a0b92382",
                  Type: "STEP",
                  SubType: "Step",
                  Status: "SUCCEEDED",
                  StepDetails: { Result: "41" },
                },
              ],
            }
          : { CheckpointToken: "next", NewExecutionState: { Operations: [] } };
      },
    };
    const handler = withDurableExecution(
      async (input: { n: number }, ctx) => {
        const known = await ctx.step(async () => 0);
        return (await ctx.step("new", async () => input.n)) + known;
      },
      { client },
    );
    const page = { Operations: event().InitialExecutionState.Operations, NextMarker: "m" };
    expect(await handler(event({ InitialExecutionState: page }), context)).toEqual({
      Status: "SUCCEEDED",
      Result: "42",
    });
    expect(sent).toMatchObject([
      [
        "GetDurableExecutionStateCommand",
        { DurableExecutionArn: "arn", CheckpointToken: "token", Marker: "m", MaxItems: 1000 },
      ],
      [
        "CheckpointDurableExecutionCommand",
        { CheckpointToken: "token", Updates: [{ Action: "START" }, { Action: "SUCCEED", Payload: "1" }] },
      ],
    ]);
  });

  test("refuses an event that is not of a durable execution", async () => {
    const handler = withDurableExecution(async () => 1);
    await expect(handler({} as DurableExecutionInvocationInput, context)).rejects.toThrow(
      "Unexpected payload",
    );
  });

  test("refuses a handler that is durable already, and one that is no function", async () => {
    const once = withDurableExecution(async () => 1);
    expect(() => withDurableExecution(once as never)).toThrow(TypeError);
    expect(() => withDurableExecution(once as never)).toThrow("it has been wrapped twice");
    expect(() => withDurableExecution(undefined as never)).toThrow(
      "withDurableExecution needs a function: its handler is undefined.",
    );
    // As AWS's SDK calls what it has wrapped: with the user's event and a durable context.
    const durable = { executionContext: { durableExecutionArn: "arn" } };
    await expect(once({ n: 1 } as never, durable as never)).rejects.toThrow("it has been wrapped twice");
  });

  test("fails when its settings contradict each other", async () => {
    const client: LambdaClient = { send: async () => ({}) };
    const durableExecutionClient = { checkpoint: vi.fn(), getExecutionState: vi.fn() };
    const both = withDurableExecution(async () => 1, { client, durableExecutionClient });
    expect(await both(event(), context)).toMatchObject({ Status: "FAILED", Error: { ErrorType: "Error" } });
    const depth = withDurableExecution(async () => 1, { pluginsConfig: { childOperationsDepth: -1 } });
    expect(await depth(event(), context)).toMatchObject({ Status: "FAILED" });
  });

  test("fails when a plugin that the environment names cannot be loaded", async () => {
    vi.stubEnv("DURABLE_EXECUTION_PLUGINS", "no-such-plugin");
    const handler = withDurableExecution(async () => 1);
    const output = await handler(event(), context);
    expect(output).toMatchObject({ Status: "FAILED", Error: { ErrorType: "PluginLoadError" } });
    expect(JSON.stringify(output)).toContain("no-such-plugin");
  });

  test("loads a plugin that the environment names", async () => {
    const folder = await mkdtemp(join(tmpdir(), "plugin-"));
    const file = join(folder, "plugin.mjs");
    await writeFile(
      file,
      "export class P { onInvocationStart(i) { globalThis.seen = i.executionInput; } }\n" +
        "export const durableExecutionPluginProvider = { pluginApiVersion: 1, pluginType: P, createPlugin: () => new P() };",
    );
    vi.stubEnv("DURABLE_EXECUTION_PLUGINS", pathToFileURL(file).href);
    const handler = withDurableExecution(async () => 1);
    expect(await handler(event(), context)).toEqual({ Status: "SUCCEEDED", Result: "1" });
    expect((globalThis as { seen?: unknown }).seen).toEqual({ n: 1 });
    await rm(folder, { recursive: true });
  });
});
