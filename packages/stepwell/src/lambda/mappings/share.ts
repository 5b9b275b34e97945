import type { Mapping } from "./mapping.ts";

/** AWS's limit on the batches of one mapping that run at a time, where its owner sets none. */
const MOST_CONCURRENT = 1000;

/**
 * How many batches of a mapping may run at a time on one node: every node works on every mapping, and of a
 * MaximumConcurrency each has its part, none perhaps. Without one it is up to each node, as messages are given to one
 * receiver only. `nodes` are all in an order of their own; a node that is not among them is alone.
 */
export function shareOf({ settings }: Mapping, nodes: readonly string[], node: string): number {
  const { MaximumConcurrency } = settings.ScalingConfig ?? {};
  if (MaximumConcurrency === undefined) return MOST_CONCURRENT;
  const place = nodes.indexOf(node);
  if (place < 0) return MaximumConcurrency;
  return Math.floor(MaximumConcurrency / nodes.length) + (place < MaximumConcurrency % nodes.length ? 1 : 0);
}
