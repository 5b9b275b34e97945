import { createEventsService } from "./events/service.ts";
import type { Service, ServiceOptions } from "./kernel/service.ts";

/** Queues, topics, buses, schedules and what their handlers read. */
export function createEventServices(options: ServiceOptions): readonly Service[] {
  return [createEventsService(options)];
}
