import { callback } from "./callback.mjs";
import { child } from "./child.mjs";
import { invoke } from "./invoke.mjs";
import { map } from "./map.mjs";
import { parallel } from "./parallel.mjs";
import { plugin } from "./plugin.mjs";
import { step } from "./step.mjs";
import { wait } from "./wait.mjs";
import { waitForCallback } from "./wait-for-callback.mjs";
import { waitForCondition } from "./wait-for-condition.mjs";

const SUITES = [
  step,
  wait,
  child,
  callback,
  invoke,
  waitForCondition,
  waitForCallback,
  parallel,
  map,
  plugin,
];

/**
 * Every handler on an SDK, by the requirement it is for; those without a number are what others invoke.
 * @param {typeof import("@stepwell/durable")} sdk
 */
export const handlersOf = (sdk) => Object.assign({}, ...SUITES.map((suite) => suite(sdk)));
