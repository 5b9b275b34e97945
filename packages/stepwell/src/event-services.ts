import type { Service, ServiceOptions } from "./kernel/service.ts";

/** Queues, topics, buses, schedules and what their handlers read. */
export function createEventServices(_options: ServiceOptions): readonly Service[] {
  return [];
}
