import { CALLBACKS } from "./callbacks.ts";
import { CHILD_CONTEXTS } from "./child-contexts.ts";
import { COMBINATORS } from "./combinators.ts";
import { EXECUTIONS } from "./executions.ts";
import { INVOKE } from "./invoke.ts";
import { MAP } from "./map.ts";
import { PARALLEL } from "./parallel.ts";
import type { Scenario } from "./scenario.ts";
import { STEPS } from "./steps.ts";
import { WAIT_FOR_CALLBACK } from "./wait-for-callback.ts";
import { WAIT_FOR_CONDITION } from "./wait-for-condition.ts";
import { WAITS } from "./waits.ts";

/** What handlers do, by the operation it is about. */
export const SCENARIOS: Record<string, Record<string, Scenario>> = {
  steps: STEPS,
  waits: WAITS,
  callbacks: CALLBACKS,
  waitForCallback: WAIT_FOR_CALLBACK,
  waitForCondition: WAIT_FOR_CONDITION,
  "child contexts": CHILD_CONTEXTS,
  map: MAP,
  parallel: PARALLEL,
  invoke: INVOKE,
  "promise combinators": COMBINATORS,
  "whole executions": EXECUTIONS,
};
