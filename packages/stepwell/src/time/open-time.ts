import { type Clock, VirtualClock } from "../kernel/clock.ts";
import type { DispatcherOptions } from "../kernel/dispatcher.ts";
import type { DescribeByKind, FindDue } from "../kernel/due.ts";
import type { Operation } from "../kernel/operations.ts";
import type { Host } from "../lambda/host/host.ts";
import type { Store } from "../store/store.ts";
import { Activity } from "./activity.ts";
import { countedHost, countedStore } from "./counted.ts";
import { DueThings } from "./due-things.ts";
import { timeOperations } from "./service.ts";
import { storedTime } from "./stored-time.ts";
import { VirtualTime } from "./virtual-time.ts";

/** The time that a node lives in. Its parts use the store and the host given here, so that time knows what goes on. */
export interface NodeTime {
  readonly clock: Clock;
  readonly virtual: boolean;
  readonly store: Store;
  counted(host: Host): Host;
  readonly during?: DispatcherOptions["during"];
  /** For the operation table, under `stepwell`. */
  operations(describe: DescribeByKind, others: readonly FindDue[]): Readonly<Record<string, Operation>>;
}

/**
 * The machine's time, or virtual time, which goes on from where the store's data had come to and begins with the
 * machine's. Throws TimeAhead where the machine's time would be a step back.
 */
export async function openTime(mode: "real" | "virtual", store: Store, machine: Clock): Promise<NodeTime> {
  if (mode === "real") {
    await storedTime.leave(store, machine.now());
    return {
      clock: machine,
      virtual: false,
      store,
      counted: (host) => host,
      operations: (describe, others) => timeOperations(new DueThings(store, describe, others), undefined),
    };
  }
  const clock = new VirtualClock((await storedTime.read(store)) ?? machine.now());
  await storedTime.write(store, clock.now());
  const activity = new Activity();
  return {
    clock,
    virtual: true,
    store: countedStore(store, activity),
    counted: (host) => countedHost(host, activity),
    during: (handled) => void activity.during(handled),
    operations(describe, others) {
      const due = new DueThings(store, describe, others);
      return timeOperations(due, { activity, time: new VirtualTime(clock, store, activity, due) });
    },
  };
}
