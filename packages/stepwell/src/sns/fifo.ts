import type { Change } from "../store/store.ts";
import type { Published } from "./fan-out.ts";
import type { Draft } from "./message.ts";
import type { SnsParts } from "./parts.ts";
import { deduplications } from "./table/deduplications.ts";
import { type Topic, topics } from "./table/topics.ts";

/** https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html */
const REMEMBERED_MS = 5 * 60_000;

/** What a FIFO topic makes of messages: those that are new, and what is answered for each. */
export interface Ordered {
  readonly fresh: readonly Published[];
  readonly answers: readonly Required<Pick<Published, "messageId" | "sequenceNumber">>[];
  readonly changes: readonly Change[];
}

/**
 * Gives messages their numbers. One that the topic has had within five minutes is answered as it was then, and goes
 * nowhere. The numbers are the fence: whoever else publishes to the topic meanwhile makes this commit conflict.
 */
export async function order(
  { store, ids }: Pick<SnsParts, "store" | "ids">,
  topic: Topic,
  drafts: readonly Draft[],
  nowMs: number,
): Promise<Ordered> {
  const byGroup = topic.attributes.FifoThroughputScope === "MessageGroup";
  const fresh: Published[] = [];
  const answers: Ordered["answers"][number][] = [];
  const changes: Change[] = [];
  const here = new Map<string, Ordered["answers"][number]>();
  for (const draft of drafts) {
    const scope = byGroup ? draft.groupId! : "";
    const id = draft.deduplicationId!;
    const known =
      here.get(`${scope} ${id}`) ?? answerOf(await deduplications.find(store, topic, scope, id, nowMs));
    if (known) {
      answers.push(known);
      continue;
    }
    const sequence = topic.lastSequence + fresh.length + 1;
    const answer = { messageId: ids.uuid(), sequenceNumber: digits(sequence) };
    const expiresAtMs = nowMs + REMEMBERED_MS;
    changes.push(
      deduplications.put(topic, { scope, id, sequence, expiresAtMs, messageId: answer.messageId }),
    );
    fresh.push({ draft, ...answer });
    answers.push(answer);
    here.set(`${scope} ${id}`, answer);
  }
  if (fresh.length === 0) return { fresh, answers, changes };
  const fence = topics.takeSequence(topic, fresh.length);
  return { fresh, answers, changes: [fence, deduplications.deleteUntil(topic, nowMs), ...changes] };
}

function answerOf(known: { messageId: string; sequence: number } | undefined) {
  return known && { messageId: known.messageId, sequenceNumber: digits(known.sequence) };
}

/** As AWS's look: twenty digits, a thousand apart. */
function digits(sequence: number): string {
  return String(10_000_000_000_000_000_000n + BigInt(sequence) * 1000n);
}
