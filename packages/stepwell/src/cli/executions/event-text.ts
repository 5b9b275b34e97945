import { detailsOf, type HistoryEvent } from "../client/types.ts";
import { durationText, errorText, localTime } from "../text.ts";

/** What an event says beyond its type and operation, for people. */
export function eventText(event: HistoryEvent): string {
  const details = detailsOf(event);
  const { Error: failure, RetryDetails, Duration } = details;
  const parts = [
    RetryDetails?.CurrentAttempt !== undefined && `attempt ${RetryDetails.CurrentAttempt}`,
    failure?.Payload && errorText(failure.Payload),
    (details.Result ?? details.Input)?.Payload,
    RetryDetails?.NextAttemptDelaySeconds !== undefined &&
      `again in ${durationText(RetryDetails.NextAttemptDelaySeconds * 1000)}`,
    details.FunctionName,
    details.DurableExecutionArn,
    Duration !== undefined && durationText(Duration * 1000),
    details.ScheduledEndTimestamp !== undefined && `until ${localTime(details.ScheduledEndTimestamp)}`,
    details.Timeout !== undefined && `timeout ${durationText(details.Timeout * 1000)}`,
    details.HeartbeatTimeout !== undefined &&
      `heartbeat timeout ${durationText(details.HeartbeatTimeout * 1000)}`,
    details.CallbackId,
    event.EventType === "InvocationCompleted" &&
      durationText((details.EndTimestamp ?? 0) - (details.StartTimestamp ?? 0)),
  ];
  return parts.filter(Boolean).join(", ");
}
