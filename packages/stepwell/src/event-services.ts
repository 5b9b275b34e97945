import type { Service, ServiceOptions } from "./kernel/service.ts";
import { createParametersService } from "./parameters/service.ts";
import { createSchedulerService } from "./scheduler/service.ts";
import { createSecretsService } from "./secrets/service.ts";

/** Queues, topics, buses, schedules and what their handlers read. */
export function createEventServices(options: ServiceOptions): readonly Service[] {
  return [createSchedulerService(options), createSecretsService(options), createParametersService(options)];
}
