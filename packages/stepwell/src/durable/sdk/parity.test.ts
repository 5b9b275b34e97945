import * as aws from "@aws/durable-execution-sdk-js";
import * as ours from "@stepwell/durable";
import { describe, test } from "vitest";
import { type LambdaHandler, runToEnd } from "./driver.ts";
import { SCENARIOS } from "./scenarios/all.ts";
import type { Sdk } from "./scenarios/scenario.ts";
import { ending, story } from "./story.ts";

const awsSdk = aws as unknown as Sdk;

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
