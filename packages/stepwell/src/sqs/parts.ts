import type { Clock } from "../kernel/clock.ts";
import type { CallContext } from "../kernel/context.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Store } from "../store/store.ts";
import type { QueueCatalog } from "./catalog.ts";
import type { QueueHousekeeping } from "./housekeeping.ts";
import type { InFlightLimit } from "./in-flight.ts";
import type { MoveTasks } from "./move/tasks.ts";
import { type QueueKey, queueUrl } from "./place.ts";
import type { Receivers } from "./receivers.ts";

/** What the operations work with. */
export interface SqsParts {
  readonly store: Store;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly catalog: QueueCatalog;
  readonly receivers: Receivers;
  readonly housekeeping: QueueHousekeeping;
  readonly inFlight: InFlightLimit;
  readonly moveTasks: MoveTasks;
  readonly endpointUrl: () => string | undefined;
}

/** A queue's URL as the caller of an operation knows this server. */
export function urlFor(parts: SqsParts, context: CallContext, key: QueueKey): string {
  return queueUrl(key, context.endpointUrl ?? parts.endpointUrl());
}
