import type { CallContext } from "../kernel/context.ts";
import { purgeInProgress } from "./errors.ts";
import type { SqsParts } from "./parts.ts";

const PURGE_EVERY_MS = 60_000;

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html */
export async function purgeQueue(
  { catalog, housekeeping }: SqsParts,
  context: CallContext,
  { QueueUrl }: { readonly QueueUrl: string },
): Promise<void> {
  const { record } = await catalog.byUrl(QueueUrl, context);
  const nowMs = context.clock.now();
  await housekeeping.purge(record, nowMs, (removal) =>
    catalog.modify(
      record,
      (queue) => {
        const { purgedAtMs } = queue.record;
        if (purgedAtMs !== undefined && nowMs - purgedAtMs < PURGE_EVERY_MS) {
          throw purgeInProgress(record.name);
        }
        return { ...queue.record, purgedAtMs: nowMs };
      },
      [removal],
    ),
  );
}
