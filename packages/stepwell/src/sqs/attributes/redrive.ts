import type { QueueCatalog } from "../catalog.ts";
import { type QueueKey, queueArn } from "../place.ts";
import type { QueueAttributes } from "./attributes.ts";
import {
  allowsRedrive,
  checkRedrivePolicy,
  deadLetterTargetMissing,
  deadLetterTargetRefuses,
} from "./policies.ts";

/** Where a queue's RedrivePolicy sends what is received too often. Throws when that queue is not there, or refuses. */
export async function deadLetterArnOf(
  catalog: QueueCatalog,
  queue: QueueKey,
  { RedrivePolicy: policy }: QueueAttributes,
): Promise<{ readonly deadLetterArn?: string }> {
  if (policy === undefined) return {};
  const key = checkRedrivePolicy(policy, queue);
  const target = await catalog.find(key);
  if (!target) throw deadLetterTargetMissing(policy);
  if (!allowsRedrive(target.record.attributes.RedriveAllowPolicy, queueArn(queue))) {
    throw deadLetterTargetRefuses(policy);
  }
  return { deadLetterArn: queueArn(key) };
}
