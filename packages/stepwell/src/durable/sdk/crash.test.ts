import * as sdk from "@stepwell/durable";
import { describe, test } from "vitest";
import { runToEnd } from "./driver.ts";
import { SCENARIOS } from "./scenarios/all.ts";

for (const [topic, scenarios] of Object.entries(SCENARIOS)) {
  describe.concurrent(`A crash at any checkpoint, before or after it is stored, changes no outcome of ${topic}:`, () => {
    for (const [name, { handler, options, crashCounts }] of Object.entries(scenarios)) {
      if (crashCounts) continue;
      test(name, async ({ expect }) => {
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
}
