import * as sdk from "@stepwell/durable";
import { describe, expect, test } from "vitest";
import { runToEnd } from "./driver.ts";
import { SCENARIOS } from "./scenarios.ts";

// A crash counts as an attempt of an at-most-once step, and so may change its outcome; see step.test.ts.
const { "at most once": _, ...scenarios } = SCENARIOS;

describe("A crash at any checkpoint, before or after it is stored, changes nothing of the outcome:", () => {
  for (const [name, { handler, options }] of Object.entries(scenarios)) {
    test(name, async () => {
      const whole = await runToEnd(handler(sdk), options);
      for (let atCheckpoint = 1; atCheckpoint <= whole.checkpoints.length; atCheckpoint++) {
        for (const stored of [false, true]) {
          const crashed = await runToEnd(handler(sdk), { ...options, crash: { atCheckpoint, stored } });
          const where = `crash ${stored ? "after" : "before"} checkpoint ${atCheckpoint} was stored`;
          expect(crashed.status, where).toBe(whole.status);
          expect(crashed.error, where).toEqual(whole.error);
          if (whole.status === "SUCCEEDED") expect(crashed.result, where).toEqual(whole.result);
        }
      }
    });
  }
});
