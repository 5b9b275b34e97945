import { randomUUID } from "node:crypto";

/**
 * The only place of this package that knows real time and chance. Timers are taken when the module loads, because a
 * test that fakes them must not stop a running execution; the date is asked each time, because a runtime may shift it.
 */

const { setTimeout, clearTimeout, setImmediate } = globalThis;

/** Milliseconds since 1970, by the clock the handler sees. */
export function nowMs(): number {
  return Date.now();
}

/** Runs `fire` after `delayMs`; returns how to take it back. It keeps the process alive: a handler may wait for nothing else. */
export function after(delayMs: number, fire: () => void): () => void {
  // A timeout above 2^31-1 ms would fire at once; those who need longer ask again when it fires.
  const handle = setTimeout(fire, Math.min(Math.max(delayMs, 0), 2_147_483_647));
  return () => clearTimeout(handle);
}

/** Runs `fire` when everything that is ready now, in this turn of the event loop, has run. */
export function nextTurn(fire: () => void): void {
  setImmediate(fire);
}

/** A number in [0, 1), for jitter. */
export function random(): number {
  return Math.random();
}

/** A random UUID. */
export function uuid(): string {
  return randomUUID();
}
