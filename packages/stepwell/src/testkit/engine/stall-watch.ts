import { RealClock, type Timer } from "../../kernel/clock.ts";
import type { Engine } from "./engine.ts";

/** Aborts its signal when an engine has committed nothing for some time of the machine's clock. */
export class StallWatch {
  readonly signal: AbortSignal;
  readonly #unlisten: () => void;
  readonly #clock = new RealClock();
  #timer: Timer | undefined;

  constructor(engine: Engine, stallMs: number) {
    const controller = new AbortController();
    this.signal = controller.signal;
    let heard = false;
    this.#unlisten = engine.onCommit(() => {
      heard = true;
    });
    const arm = (): void => {
      this.#timer = this.#clock.at(this.#clock.now() + stallMs, () => {
        if (!heard) return controller.abort();
        heard = false;
        arm();
      });
    };
    arm();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#unlisten();
  }
}
