import type { DurableContext } from "@stepwell/durable";
import { describe, expect, test } from "vitest";
import { type DriverOptions, runToEnd } from "./driver.ts";
import { recorder } from "./plugin-recorder.ts";
import {
  callbackFails,
  callbackSucceeds,
  caught,
  fail,
  failingUntil,
  fixed,
  invokeEnds,
  LARGE,
  once,
  turns,
  whileStepRuns,
} from "./scenarios/scenario.ts";
import { BOTH } from "./sdks.ts";

const BOOM = { ErrorType: "Boom", ErrorMessage: "it blew", ErrorData: "d" };

interface Watched {
  readonly body: (context: DurableContext) => Promise<unknown>;
  readonly options?: DriverOptions;
}

const HANDLERS: Record<string, Watched> = {
  "steps and retries": {
    body: async (context) => {
      await context.step("good", async () => 1);
      await context.step("flaky", failingUntil(2), {
        semantics: "AT_MOST_ONCE_PER_RETRY",
        retryStrategy: fixed(1, 2),
      });
      await context.step("retried", failingUntil(3), { retryStrategy: fixed(1, 3) });
      await caught(context.step("bad", fail, once));
      await context.wait({ seconds: 1 });
      return "done";
    },
  },
  "a handler that throws": { body: fail },
  "a failed step that fails the execution": { body: async (context) => context.step("bad", fail, once) },
  "waits, callbacks and contexts": {
    body: async (context) => {
      await context.wait("pause", { seconds: 1 });
      await context.runInChildContext("child", async (child) => {
        await child.waitForCallback("approval", async () => {});
      });
      await caught(context.waitForCallback(async () => {}, { timeout: { seconds: 1 } }));
      throw new Error("the end");
    },
    options: { onIdle: callbackSucceeds("yes") },
  },
  "a submitter that is retried, in vain": {
    body: async (context) => {
      await caught(context.waitForCallback("approval", fail, { retryStrategy: fixed(1, 2) }));
    },
  },
  "a callback that fails": {
    body: async (context) => {
      const [result] = await context.createCallback("approval");
      return result;
    },
    options: { onIdle: callbackFails(BOOM) },
  },
  "a callback that succeeds while a step runs": {
    body: async (context) => {
      const [result] = await context.createCallback("approval");
      await context.step("send", async () => 1);
      return result;
    },
    options: whileStepRuns("send", callbackSucceeds("yes")),
  },
  "a callback that fails without an error while a step runs": {
    body: async (context) => {
      const [result] = await context.createCallback("approval");
      await context.step("send", async () => 1);
      return result;
    },
    options: whileStepRuns("send", callbackFails()),
  },
  "invokes that succeed": {
    body: async (context) => context.invoke("call", "callee:1", { a: 1 }),
    options: { onIdle: invokeEnds({ status: "SUCCEEDED", result: "7" }) },
  },
  "invokes that fail": {
    body: async (context) => {
      await caught(context.invoke("call", "callee:1", { a: 1 }));
      await context.wait({ seconds: 1 });
    },
    options: { onIdle: invokeEnds({ status: "FAILED", error: BOOM }) },
  },
  "invokes that are stopped": {
    body: async (context) => context.invoke("call", "callee:1", { a: 1 }),
    options: { onIdle: invokeEnds({ status: "STOPPED" }) },
  },
  "an invoke that is stopped while a step runs": {
    body: async (context) => {
      const called = context.invoke("call", "callee:1", 1);
      await turns();
      await context.step("work", async () => 2);
      return called;
    },
    options: whileStepRuns("work", invokeEnds({ status: "STOPPED" })),
  },
  conditions: {
    body: async (context) => {
      await context.waitForCondition("ready", async (n: number) => n + 1, {
        initialState: 0,
        waitStrategy: (n) =>
          n < 2 ? { shouldContinue: true, delay: { seconds: 1 } } : { shouldContinue: false },
      });
      const waitStrategy = () => ({ shouldContinue: false }) as const;
      await context.waitForCondition("fails", fail, { initialState: 1, waitStrategy });
    },
  },
  "maps and branches": {
    body: async (context) => {
      await context.map("items", [1, 2], async (child, item) => child.step("s", async () => item), {
        maxConcurrency: 1,
      });
      await context.map("flat", [1], async (child, item) => child.step("s", async () => item), {
        nesting: "FLAT",
      });
      await context.parallel("nothing", []);
      const result = await context.parallel("branches", [async () => 1, fail], { maxConcurrency: 1 });
      await context.wait({ seconds: 1 });
      result.throwIfError();
    },
  },
  "virtual contexts, and contexts that fail": {
    body: async (context) => {
      await context.runInChildContext("child", async (child) => {
        await child.wait({ seconds: 1 });
        await child.runInChildContext("virtual", async (v) => v.step("s", async () => 1), {
          virtualContext: true,
        });
      });
      await caught(context.runInChildContext("fails", fail));
      await caught(context.runInChildContext("virtual fails", fail, { virtualContext: true }));
      await context.wait({ seconds: 1 });
    },
  },
  "large results": {
    body: async (context) => {
      await context.runInChildContext("large", async (child) => {
        await child.step("s", async () => 1);
        return LARGE;
      });
      await context.wait({ seconds: 1 });
      return "y".repeat(6 * 1024 * 1024 - 50);
    },
  },
  "promise combinators": {
    body: async (context) => {
      const steps = [context.step("a", async () => 1), context.step("b", async () => 2)];
      await context.promise.all("all", steps);
      await context.wait({ seconds: 1 });
    },
  },
  "an invocation that dies": {
    body: async (context) => {
      await context.step("a", async () => 1);
      return context.step("b", async () => 2);
    },
    options: { crash: { atCheckpoint: 2, stored: false } },
  },
};

describe("Both SDKs tell plugins the same about", () => {
  for (const [name, { body, options }] of Object.entries(HANDLERS)) {
    test(name, async () => {
      const [own, theirs] = await Promise.all(
        BOTH.map(async ([, sdk]) => {
          const { plugin, hooks } = recorder();
          const handler = sdk.withDurableExecution(async (_event, context) => body(context), {
            plugins: [plugin],
          });
          await runToEnd(handler, options);
          return hooks;
        }),
      );
      expect(own).toEqual(theirs);
    });
  }
});
