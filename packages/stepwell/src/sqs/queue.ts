import { isFifoName, type QueueSettings, settingsOf } from "./attributes/attributes.ts";
import { queueArn } from "./place.ts";
import type { QueueRecord } from "./table/queues.ts";

/** A queue, with what its attributes mean. */
export interface Queue {
  readonly id: number;
  readonly arn: string;
  readonly record: QueueRecord;
  readonly settings: QueueSettings;
  /** The key of its commits. */
  readonly key: string;
}

export function toQueue(record: QueueRecord): Queue {
  return {
    id: record.id,
    arn: queueArn(record),
    record,
    settings: settingsOf(record.attributes, isFifoName(record.name)),
    key: `sqs/${record.id}`,
  };
}
