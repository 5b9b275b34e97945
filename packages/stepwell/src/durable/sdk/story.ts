import type { SimulatedExecution } from "./driver.ts";

/** How an execution ended. */
export function ending(execution: SimulatedExecution) {
  const { status, error } = execution;
  return { status, error, result: status === "SUCCEEDED" ? execution.result : undefined };
}

/** Everything the service saw and did; stack traces and the arbitrary id of a large result aside. */
export function story(execution: SimulatedExecution) {
  const everything = {
    ...ending(execution),
    history: execution.rows.map(({ kind, atMs, data }) => ({ kind, atMs, data })),
    updates: execution.checkpoints.map(({ Updates = [] }) =>
      Updates.map((update) => (update.Type === "EXECUTION" ? { ...update, Id: "any" } : update)),
    ),
  };
  // Undefined members do not exist on the wire.
  return JSON.parse(JSON.stringify(everything).replace(/\\"stack\\":\\"(?:[^\\]|\\\\n)*\\"/g, "STACK"));
}

/**
 * The same, whatever the order in which things that happen at once reach the service: operations apart, in order of
 * their ids, between the ends of invocations.
 */
export function unordered(execution: SimulatedExecution) {
  const { history, updates, ...end } = story(execution);
  type Entry = { readonly kind: string; readonly data: { readonly Id?: string } };
  const spans: Entry[][] = [[]];
  for (const entry of history as Entry[]) {
    spans.at(-1)!.push(entry);
    if (entry.kind === "InvocationCompleted") spans.push([]);
  }
  const byId = (a: { Id?: string } = {}, b: { Id?: string } = {}) =>
    (a.Id ?? "") < (b.Id ?? "") ? -1 : a.Id === b.Id ? 0 : 1;
  return {
    ...end,
    history: spans.map((span) => span.sort((a, b) => byId(a.data, b.data))),
    updates: (updates as { Id?: string }[][]).flat().sort(byId),
  };
}
