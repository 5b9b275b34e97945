import { type Clock, RealClock, type Timer } from "../../kernel/clock.ts";

/** A clock whose time can be moved on. A VirtualClock is one. */
export interface MovableClock extends Clock {
  /** The time of the earliest timer, or undefined when nothing waits for time. */
  nextTimerMs(): number | undefined;
  /** Moves time on to `atMs`, firing on the way every timer that falls due. */
  moveTo(atMs: number): void;
}

interface FlowingTimer {
  readonly atMs: number;
  readonly fire: () => void;
  real: Timer;
}

/** Time that passes as the machine's does and can be moved on besides. */
export class FlowingClock implements MovableClock {
  readonly #machine = new RealClock();
  readonly #timers = new Set<FlowingTimer>();
  /** How far it is ahead of the machine's. */
  #aheadMs = 0;

  now(): number {
    return this.#machine.now() + this.#aheadMs;
  }

  monotonicMs(): number {
    return this.#machine.monotonicMs();
  }

  at(atMs: number, fire: () => void): Timer {
    const timer: FlowingTimer = {
      atMs,
      fire: () => {
        this.#timers.delete(timer);
        fire();
      },
      real: { cancel() {} },
    };
    this.#timers.add(timer);
    this.#arm(timer);
    return {
      cancel: () => {
        this.#timers.delete(timer);
        timer.real.cancel();
      },
    };
  }

  nextTimerMs(): number | undefined {
    let earliest: number | undefined;
    for (const { atMs } of this.#timers) if (earliest === undefined || atMs < earliest) earliest = atMs;
    return earliest;
  }

  moveTo(atMs: number): void {
    this.#aheadMs += Math.max(atMs - this.now(), 0);
    const due: FlowingTimer[] = [];
    for (const timer of this.#timers) {
      timer.real.cancel();
      if (timer.atMs <= atMs) due.push(timer);
      else this.#arm(timer);
    }
    due.sort((a, b) => a.atMs - b.atMs);
    for (const timer of due) if (this.#timers.has(timer)) timer.fire();
  }

  #arm(timer: FlowingTimer): void {
    timer.real = this.#machine.at(timer.atMs - this.#aheadMs, timer.fire);
  }
}
