/**
 * The pure machine of durable executions: state and an event in, rows out. No I/O, no clock, no randomness. A caller
 * makes a Draft over a state, applies to it, commits the draft's rows, and then adopts it.
 */
export { executionDeadlineMs, fireDue, nextDeadlineMs } from "./deadlines.ts";
export { Draft } from "./draft.ts";
export { invocationOperations } from "./envelope.ts";
export { catchUp, foldJournal } from "./fold.ts";
export { beginInvocation, endInvocation, type InvocationEnd, wantsInvocation } from "./invocation.ts";
export { applyOutside, type OutsideEvent } from "./outside.ts";
export { type Deadlines, ExecutionState } from "./state.ts";
export { applyUpdates, type UpdateDraws } from "./updates.ts";
