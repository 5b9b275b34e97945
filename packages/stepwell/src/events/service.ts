import type { Service, ServiceOptions } from "../kernel/service.ts";
import { ArchiveHousekeeping } from "./archive-housekeeping.ts";
import { createArchive, deleteArchive, describeArchive, listArchives, updateArchive } from "./archives.ts";
import { createEventBus, deleteEventBus, describeEventBus, listEventBuses, updateEventBus } from "./buses.ts";
import { CompiledBuses } from "./contents.ts";
import type { EventsParts } from "./parts.ts";
import { putPermission, removePermission } from "./permissions.ts";
import { putEvents } from "./put-events.ts";
import { describeReplays, Replayer } from "./replayer.ts";
import { cancelReplay, describeReplay, listReplays, startReplay } from "./replays.ts";
import { EventRouter } from "./router.ts";
import {
  deleteRule,
  describeRule,
  listRuleNamesByTarget,
  listRules,
  listTargetsByRule,
  putRule,
  setRuleState,
} from "./rules.ts";
import { ScheduledRules } from "./schedule.ts";
import { listTags, tagResource, untagResource } from "./tags.ts";
import { putTargets, removeTargets } from "./targets.ts";
import { testEventPattern } from "./test-pattern.ts";
import { UNSUPPORTED_OPERATIONS } from "./unsupported.ts";

/** EventBridge: buses, rules with patterns or schedules, targets, archives and replays. Its buses become targets. */
export function createEventsService(options: ServiceOptions): Service {
  const { store, ids, dispatcher, targets } = options;
  const router = new EventRouter({ ...options, compiled: new CompiledBuses(store) });
  targets.add("events", router.target);
  const housekeeping = new ArchiveHousekeeping(options);
  const schedules = new ScheduledRules({ ...options, router });
  const replayer = new Replayer({ ...options, router });
  const parts: EventsParts = { store, ids, dispatcher, targets, router, housekeeping };
  return {
    name: "events",
    operations: {
      CancelReplay: (context, input) => cancelReplay(parts, context, input),
      CreateArchive: (context, input) => createArchive(parts, context, input),
      CreateEventBus: (context, input) => createEventBus(parts, context, input),
      DeleteArchive: (context, input) => deleteArchive(parts, context, input),
      DeleteEventBus: (context, input) => deleteEventBus(parts, context, input),
      DeleteRule: (context, input) => deleteRule(parts, context, input),
      DescribeArchive: (context, input) => describeArchive(parts, context, input),
      DescribeEventBus: (context, input) => describeEventBus(parts, context, input),
      DescribeReplay: (context, input) => describeReplay(parts, context, input),
      DescribeRule: (context, input) => describeRule(parts, context, input),
      DisableRule: (context, input) => setRuleState(parts, context, input, "DISABLED"),
      EnableRule: (context, input) => setRuleState(parts, context, input, "ENABLED"),
      ListArchives: (context, input) => listArchives(parts, context, input),
      ListEventBuses: (context, input) => listEventBuses(parts, context, input),
      ListReplays: (context, input) => listReplays(parts, context, input),
      ListRuleNamesByTarget: (context, input) => listRuleNamesByTarget(parts, context, input),
      ListRules: (context, input) => listRules(parts, context, input),
      ListTagsForResource: (context, input) => listTags(parts, context, input),
      ListTargetsByRule: (context, input) => listTargetsByRule(parts, context, input),
      PutEvents: (context, input) => putEvents(parts, context, input),
      PutPermission: (context, input) => putPermission(parts, context, input),
      PutRule: (context, input) => putRule(parts, context, input),
      PutTargets: (context, input) => putTargets(parts, context, input),
      RemovePermission: (context, input) => removePermission(parts, context, input),
      RemoveTargets: (context, input) => removeTargets(parts, context, input),
      StartReplay: (context, input) => startReplay(parts, context, input),
      TagResource: (context, input) => tagResource(parts, context, input),
      TestEventPattern: (_, input) => testEventPattern(input),
      UntagResource: (context, input) => untagResource(parts, context, input),
      UpdateArchive: (context, input) => updateArchive(parts, context, input),
      UpdateEventBus: (context, input) => updateEventBus(parts, context, input),
      ...UNSUPPORTED_OPERATIONS,
    },
    describeDue: { ...schedules.describeDue, ...describeReplays },
    async close() {
      await Promise.all([housekeeping.close(), schedules.close(), replayer.close()]);
    },
  };
}
