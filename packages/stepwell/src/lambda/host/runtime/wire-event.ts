import type { InvocationEnvelope, Operation } from "../../../durable/types.ts";
import type { InvokeMessage } from "../protocol.ts";

/**
 * An event as the Runtime API carries it: JSON text. Times in the envelope of a durable function are ISO 8601 text, as
 * AWS has them there (numbers are for answers of its API).
 */
export function wireEvent(event: InvokeMessage["event"]): string {
  if ("json" in event) return event.json;
  const { InitialExecutionState: state, ...envelope }: InvocationEnvelope = event.durable;
  const Operations = state.Operations.map(withIsoTimes);
  return JSON.stringify({ ...envelope, InitialExecutionState: { ...state, Operations } });
}

function withIsoTimes(operation: Operation): object {
  const { StepDetails, WaitDetails } = operation;
  return {
    ...operation,
    ...iso("StartTimestamp", operation.StartTimestamp),
    ...iso("EndTimestamp", operation.EndTimestamp),
    ...(StepDetails && {
      StepDetails: { ...StepDetails, ...iso("NextAttemptTimestamp", StepDetails.NextAttemptTimestamp) },
    }),
    ...(WaitDetails && {
      WaitDetails: { ...WaitDetails, ...iso("ScheduledEndTimestamp", WaitDetails.ScheduledEndTimestamp) },
    }),
  };
}

function iso(member: string, atMs: number | undefined): object {
  return atMs === undefined ? {} : { [member]: new Date(atMs).toISOString() };
}
