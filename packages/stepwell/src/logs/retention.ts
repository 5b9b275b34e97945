import type { CallContext } from "../kernel/context.ts";
import { invalidParameter } from "./errors.ts";
import { type LogsParts, requireGroup, untilNoConflict } from "./parts.ts";
import { groups } from "./table/groups.ts";

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** From now on, events older than that are not shown; they are removed in the background. */
export async function putRetentionPolicy(
  parts: LogsParts,
  context: CallContext,
  input: { readonly logGroupName: string; readonly retentionInDays: number },
): Promise<void> {
  const { store, housekeeping } = parts;
  const { logGroupName, retentionInDays: days } = input;
  if (!RETENTION_DAYS.includes(days)) {
    throw invalidParameter(
      `1 validation error detected: Value '${days}' at 'retentionInDays' failed to satisfy constraint: ` +
        `Member must satisfy enum value set: [${RETENTION_DAYS.join(", ")}]`,
    );
  }
  // Its work item may come or go at this very moment.
  await untilNoConflict(async () => {
    const { id } = await requireGroup(parts, context, logGroupName);
    const looksAgain = await housekeeping.retentionSet(context, id);
    return store.commit([groups.setRetention(id, days), looksAgain], { key: "logs" });
  });
  housekeeping.wake();
}

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteRetentionPolicy.html */
export async function deleteRetentionPolicy(
  parts: LogsParts,
  context: CallContext,
  { logGroupName }: { readonly logGroupName: string },
): Promise<void> {
  const { store, housekeeping } = parts;
  await untilNoConflict(async () => {
    const { id } = await requireGroup(parts, context, logGroupName);
    const changes = [groups.setRetention(id, null), housekeeping.retentionEnded(context, id)];
    return store.commit(changes, { key: "logs" });
  });
  housekeeping.wake();
}
