// What the handlers of all contenders do.
import { openSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Steps of W1 and W5. */
export const STEPS = 10;
/** Branches of W2. */
export const BRANCHES = 100;
/** What W3 waits for. */
export const SLEEP_SECONDS = 5;
const SLOW_STEP_MS = 100;

/** The body of every step: about 90 bytes of JSON. */
export function stepResult(i) {
  return { ok: true, step: i, id: "0123456789abcdef", note: "durable step result", n: [1, 2, 3] };
}

/** W5's step. */
export async function slowStep(i) {
  await sleep(SLOW_STEP_MS);
  return stepResult(i);
}

const files = new Map();

/** Leaves `ID I` as a line in a file that survives the process. */
export function noteStep(file, id, i) {
  if (!files.has(file)) files.set(file, openSync(file, "a"));
  writeSync(files.get(file), `${id} ${i}\n`);
}

/** Sends W4's callback id to who completes it. */
export async function publish(url, id, callbackId) {
  const response = await fetch(`${url}/${id}`, { method: "POST", body: callbackId });
  await response.text();
}

/** Resolves with a promise, and meanwhile keeps the event loop going, as a step that waits for a socket does. */
export async function busyUntil(over) {
  const working = setInterval(() => {}, 10_000);
  await over;
  clearInterval(working);
}

/** Milliseconds on a clock that all processes of a machine share. */
export function nowMs() {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Whether a handler that began at `begunMs` was not there during W3's sleep, but called again after it. */
export function sleptElsewhere(begunMs) {
  return nowMs() - begunMs < SLEEP_SECONDS * 1000;
}
