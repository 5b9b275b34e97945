import type { AwsError } from "../kernel/errors.ts";
import type { TargetEvent } from "../kernel/targets.ts";
import { scheduleArn } from "./names.ts";
import { type Occurrence, timeText } from "./occurrence.ts";

/**
 * The message that a dead-letter queue gets of an occurrence that was given up.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
 */
export function deadLetter(
  occurrence: Occurrence,
  failure: { readonly error: AwsError; readonly executionId: string; readonly input: string },
  exhausted: string,
): TargetEvent {
  const { schedule, target, scheduledAtMs, failures } = occurrence;
  const { error, executionId, input } = failure;
  const texts: Readonly<Record<string, string>> = {
    ERROR_CODE: error.queryCode ?? error.code,
    ERROR_MESSAGE: error.message,
    EXECUTION_ID: executionId,
    EXHAUSTED_RETRY_CONDITION: exhausted,
    IS_PAYLOAD_TRUNCATED: "false",
    RETRY_ATTEMPTS: String(failures),
    SCHEDULE_ARN: scheduleArn(schedule),
    SCHEDULED_TIME: timeText(scheduledAtMs),
    TARGET_ARN: target.Arn,
  };
  const attributes = Object.fromEntries(
    Object.entries(texts).map(([name, stringValue]) => [name, { dataType: "String", stringValue }]),
  );
  return { payload: input, sourceArn: scheduleArn(schedule), message: { attributes } };
}
