import { RealClock, type Timer } from "../kernel/clock.ts";

const IDLE_MS = 2_000;

/** Stops something that is only needed while work is under way, once there has been none for two seconds. */
export class IdleService {
  readonly #clock = new RealClock();
  #underWay = 0;
  #timer: Timer | undefined;

  begun(): void {
    this.#underWay++;
    this.#timer?.cancel();
  }

  ended(stop: () => Promise<void>): void {
    if (--this.#underWay > 0) return;
    this.#timer = this.#clock.at(this.#clock.now() + IDLE_MS, () => void stop().catch(() => {}));
  }
}
