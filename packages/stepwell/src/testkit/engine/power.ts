import type { DurablePort } from "../../durable/types.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Host } from "../../lambda/host/host.ts";

/**
 * What a node runs on. Once it is cut nothing of the node happens any more: its calls neither reach anything nor
 * settle, and its timers do not fire, as in a process that has been killed.
 */
export class Power {
  /** Resolves when it is cut. */
  readonly failed: Promise<void>;
  #on = true;
  #fail!: () => void;

  constructor() {
    this.failed = new Promise((resolve) => {
      this.#fail = resolve;
    });
  }

  get on(): boolean {
    return this.#on;
  }

  cut(): void {
    this.#on = false;
    this.#fail();
  }

  /** A promise for what `call` gives that settles only while there is power. */
  guard<T>(call: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!this.#on) return;
      call().then(
        (value) => this.#on && resolve(value),
        (error) => this.#on && reject(error),
      );
    });
  }

  clock(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      monotonicMs: () => clock.monotonicMs(),
      at: (atMs, fire) => clock.at(atMs, () => this.#on && fire()),
    };
  }

  /** A host whose handlers keep running without power, as far as they come without the service. */
  host(host: Host): Host {
    return {
      invoke: (request) =>
        this.guard(() =>
          host.invoke(
            "durable" in request.event
              ? { ...request, event: { ...request.event, port: this.#port(request.event.port) } }
              : request,
          ),
        ),
      close: (graceMs) => host.close(graceMs),
    };
  }

  #port(port: DurablePort): DurablePort {
    return {
      checkpoint: (request) => this.guard(() => port.checkpoint(request)),
      getState: (request) => this.guard(() => port.getState(request)),
    };
  }
}
