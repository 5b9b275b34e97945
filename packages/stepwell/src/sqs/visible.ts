import type { DueThing } from "../kernel/due.ts";
import type { Store } from "../store/store.ts";
import { queueArn } from "./place.ts";
import { queues } from "./table/queues.ts";

/** When the next message of each queue becomes visible: one that was delayed, or whose receiver has not deleted it. */
export async function findVisible(
  store: Store,
  nowMs: number,
  untilMs: number,
  most: number,
): Promise<DueThing[]> {
  const next = (await queues.nextVisible(store, nowMs)).filter(({ atMs }) => atMs <= untilMs);
  const first = next.sort((a, b) => a.atMs - b.atMs).slice(0, most);
  return first.map(({ key, atMs }) => ({ atMs, kind: "MESSAGE", resourceArn: queueArn(key) }));
}
