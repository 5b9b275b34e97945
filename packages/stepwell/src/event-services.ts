import type { Service, ServiceOptions } from "./kernel/service.ts";
import { createSnsService } from "./sns/service.ts";

/** Queues, topics, buses, schedules and what their handlers read. */
export function createEventServices(options: ServiceOptions): readonly Service[] {
  return [createSnsService(options)];
}
