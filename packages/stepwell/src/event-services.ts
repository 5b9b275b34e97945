import { createEventsService } from "./events/service.ts";
import type { Service, ServiceOptions } from "./kernel/service.ts";
import { createParametersService } from "./parameters/service.ts";
import { createSchedulerService } from "./scheduler/service.ts";
import { createSecretsService } from "./secrets/service.ts";
import { createSnsService } from "./sns/service.ts";
import { createSqsService } from "./sqs/service.ts";

/** Queues, topics, buses, schedules and what their handlers read. */
export function createEventServices(options: ServiceOptions): readonly Service[] {
  return [
    createSqsService(options),
    createSnsService(options),
    createEventsService(options),
    createSchedulerService(options),
    createSecretsService(options),
    createParametersService(options),
  ];
}
