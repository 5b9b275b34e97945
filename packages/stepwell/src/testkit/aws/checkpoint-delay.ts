import { RealClock } from "../../kernel/clock.ts";
import type { Faults } from "../engine/engine.ts";

/** Checkpoints that take time, and nothing else that goes wrong. */
export function delayed(delayMs: number): Faults {
  const clock = new RealClock();
  const pause = () => new Promise<void>((resolve) => void clock.at(clock.now() + delayMs, resolve));
  return {
    atCommit: () => undefined,
    call: (_operation, call) => call(),
    host: (host) => ({
      invoke(request) {
        if (!("durable" in request.event)) return host.invoke(request);
        const { port } = request.event;
        const slow = {
          checkpoint: (update: Parameters<typeof port.checkpoint>[0]) =>
            pause().then(() => port.checkpoint(update)),
          getState: (ask: Parameters<typeof port.getState>[0]) => port.getState(ask),
        };
        return host.invoke({ ...request, event: { ...request.event, port: slow } });
      },
      close: (graceMs) => host.close(graceMs),
    }),
  };
}
