import * as aws from "@aws/durable-execution-sdk-js";
import * as ours from "@stepwell/durable";
import { describe, test } from "vitest";
import { type LambdaHandler, runToEnd, type SimulatedExecution } from "./driver.ts";
import { SCENARIOS } from "./scenarios/all.ts";
import type { Sdk } from "./scenarios/scenario.ts";

const awsSdk = aws as unknown as Sdk;

function ending(execution: SimulatedExecution) {
  const { status, error } = execution;
  return { status, error, result: status === "SUCCEEDED" ? execution.result : undefined };
}

/** Everything the service saw and did; stack traces and the arbitrary id of a large result aside. */
function story(execution: SimulatedExecution) {
  const everything = {
    ...ending(execution),
    history: execution.rows.map(({ kind, atMs, data }) => ({ kind, atMs, data })),
    updates: execution.checkpoints.map(({ Updates = [] }) =>
      Updates.map((update) => (update.Type === "EXECUTION" ? { ...update, Id: "any" } : update)),
    ),
  };
  // Undefined members do not exist on the wire.
  return JSON.parse(JSON.stringify(everything).replace(/\\"stack\\":\\"(?:[^\\]|\\\\n)*\\"/g, "STACK"));
}

/** A handler whose first invocation is run by one SDK, its second by the other, and so on. */
function alternating(first: LambdaHandler, second: LambdaHandler): LambdaHandler {
  let invocations = 0;
  return (event, context) => (invocations++ % 2 === 0 ? first : second)(event, context);
}

for (const [topic, scenarios] of Object.entries(SCENARIOS)) {
  describe.concurrent(`Both SDKs tell the service the same story of ${topic}:`, () => {
    for (const [name, { handler, options }] of Object.entries(scenarios)) {
      test(name, async ({ expect }) => {
        const theirs = story(await runToEnd(handler(awsSdk), options));
        const own = story(await runToEnd(handler(ours), options));
        expect(own).toEqual(theirs);
      });
    }
  });

  describe.concurrent(`An execution can change SDK at every invocation, of ${topic}:`, () => {
    for (const [name, { handler, options }] of Object.entries(scenarios)) {
      test(name, async ({ expect }) => {
        const own = ending(await runToEnd(handler(ours), options));
        expect(ending(await runToEnd(alternating(handler(ours), handler(awsSdk)), options))).toEqual(own);
        expect(ending(await runToEnd(alternating(handler(awsSdk), handler(ours)), options))).toEqual(own);
      });
    }
  });
}
