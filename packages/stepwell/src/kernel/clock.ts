/** A timer that can be taken back. */
export interface Timer {
  cancel(): void;
}

/**
 * The one source of time. Everything that waits, expires or is stamped asks a Clock, so that a virtual one can send
 * the whole of Stepwell to next Saturday.
 */
export interface Clock {
  /** Milliseconds since 1970 (UTC). */
  now(): number;
  /** Runs `fire` once when `now()` has reached `atMs`; at the next turn when that is past. Keeps no process alive. */
  at(atMs: number, fire: () => void): Timer;
  /** A counter in milliseconds for measuring durations; it never jumps and says nothing about the date. */
  monotonicMs(): number;
}

// Taken when the module loads: a test that fakes timers must not stop what runs beside it in its process.
const { setTimeout, clearTimeout, setImmediate, clearImmediate } = globalThis;

/** setTimeout overflows above 2^31-1 ms and then fires at once, so longer waits are taken in stages. */
const LONGEST_TIMEOUT_MS = 2_147_483_647;

/** The machine's own time. */
export class RealClock implements Clock {
  now(): number {
    return Date.now();
  }

  monotonicMs(): number {
    return performance.now();
  }

  at(atMs: number, fire: () => void): Timer {
    let handle: NodeJS.Timeout;
    const arm = (): void => {
      const leftMs = atMs - this.now();
      // A timeout may fire up to a millisecond early by the wall clock; arming again keeps the promise of `at`.
      handle = setTimeout(leftMs > LONGEST_TIMEOUT_MS || leftMs > 0 ? wake : fire, clamp(leftMs));
      handle.unref();
    };
    const wake = (): void => {
      if (this.now() >= atMs) fire();
      else arm();
    };
    arm();
    return { cancel: () => clearTimeout(handle) };
  }
}

function clamp(ms: number): number {
  return Math.min(Math.max(ms, 0), LONGEST_TIMEOUT_MS);
}

/** Counts from the start of the process: waits that are no matter of the date, and so do not care when that is set. */
export class MonotonicClock extends RealClock {
  override now(): number {
    return this.monotonicMs();
  }
}

interface VirtualTimer {
  readonly atMs: number;
  readonly order: number;
  readonly fire: () => void;
}

/**
 * Time that moves only when it is told to. Timers fire in the order of their times, each with `now()` standing at
 * its own time.
 */
export class VirtualClock implements Clock {
  #nowMs: number;
  #order = 0;
  readonly #timers = new Set<VirtualTimer>();

  constructor(startMs = Date.UTC(2030, 0, 1)) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return performance.now();
  }

  at(atMs: number, fire: () => void): Timer {
    const timer: VirtualTimer = { atMs, order: this.#order++, fire };
    if (atMs > this.#nowMs) {
      this.#timers.add(timer);
      return { cancel: () => void this.#timers.delete(timer) };
    }
    const handle = setImmediate(fire);
    return { cancel: () => clearImmediate(handle) };
  }

  /** The time of the earliest timer, or undefined when nothing waits for time. */
  nextTimerMs(): number | undefined {
    return this.#earliest()?.atMs;
  }

  /** Moves time on by `ms`, firing on the way every timer that falls due. */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`Time cannot be advanced by ${ms} ms: it moves forward only.`);
    this.moveTo(this.#nowMs + ms);
  }

  /** Moves time on to `atMs`. */
  moveTo(atMs: number): void {
    for (let timer = this.#earliest(); timer && timer.atMs <= atMs; timer = this.#earliest()) {
      this.#timers.delete(timer);
      this.#nowMs = Math.max(this.#nowMs, timer.atMs);
      timer.fire();
    }
    this.#nowMs = Math.max(this.#nowMs, atMs);
  }

  #earliest(): VirtualTimer | undefined {
    let first: VirtualTimer | undefined;
    for (const timer of this.#timers) {
      if (!first || timer.atMs < first.atMs || (timer.atMs === first.atMs && timer.order < first.order)) {
        first = timer;
      }
    }
    return first;
  }
}
