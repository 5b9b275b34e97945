import type { Service, ServiceOptions } from "./kernel/service.ts";
import { createSqsService } from "./sqs/service.ts";

/** Queues, topics, buses, schedules and what their handlers read. */
export function createEventServices(options: ServiceOptions): readonly Service[] {
  return [createSqsService(options)];
}
