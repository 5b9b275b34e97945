import { type AwsError, notSupported } from "../kernel/errors.ts";
import type { OperationTable } from "../kernel/operations.ts";
import { InvalidScheduleExpression } from "../kernel/schedule-expression/expression.ts";
import { isTimeZone } from "../kernel/schedule-expression/time-zone.ts";
import type { Targets } from "../kernel/targets.ts";
import { invalid } from "./errors.ts";
import type { ScheduleDefinition, ScheduleTarget } from "./schedule.ts";
import { expressionOf } from "./timing.ts";
import { universalTarget } from "./universal.ts";

const LATE_START_MS = 5 * 60_000;
const LONGEST_INPUT_BYTES = 256 * 1024;

/** Targets that AWS has a template for; what is delivered to is in the table of targets. */
const TEMPLATED = [
  ...["codebuild", "codepipeline", "ecs", "events", "firehose", "inspector", "kinesis", "lambda"],
  ...["sagemaker", "sns", "sqs", "states"],
];
const ARN = /^arn:aws[a-z-]*:([a-z0-9-]+):([a-z0-9-]*):\d{12}:.+$/;

/** Parameters of targets that Stepwell does not deliver to. */
const FOREIGN_PARAMETERS = ["EcsParameters", "KinesisParameters", "SageMakerPipelineParameters"];

/** Refuses what a schema cannot: texts as of the service where they are known. */
export function checkDefinition(
  definition: ScheduleDefinition,
  parts: { readonly targets: Targets; readonly operations: OperationTable },
  { region, nowMs }: { readonly region: string; readonly nowMs: number },
): void {
  checkTimes(definition, nowMs);
  checkTarget(definition.Target, parts, region);
}

function checkTimes(definition: ScheduleDefinition, nowMs: number): void {
  const { StartDate, EndDate, ScheduleExpression, ScheduleExpressionTimezone, FlexibleTimeWindow } =
    definition;
  const kind = expressionKind(definition);
  if (kind === undefined) throw invalid(`Invalid Schedule Expression ${ScheduleExpression}.`);
  if (!isTimeZone(ScheduleExpressionTimezone)) {
    throw invalid(`Invalid Schedule Expression Timezone ${ScheduleExpressionTimezone}.`);
  }
  if (FlexibleTimeWindow.Mode === "FLEXIBLE" && FlexibleTimeWindow.MaximumWindowInMinutes === undefined) {
    throw invalid("MaximumWindowInMinutes must be set when the Mode of FlexibleTimeWindow is FLEXIBLE.");
  }
  if (FlexibleTimeWindow.Mode === "OFF" && FlexibleTimeWindow.MaximumWindowInMinutes !== undefined) {
    throw invalid("MaximumWindowInMinutes must not be provided when FlexibleTimeWindowMode is set to OFF.");
  }
  // Both are ignored for one-time schedules.
  if (kind === "at") return;
  if (StartDate !== undefined && StartDate < nowMs - LATE_START_MS) {
    throw invalid("The StartDate you specify cannot be earlier than 5 minutes ago.");
  }
  if (StartDate !== undefined && EndDate !== undefined && EndDate <= StartDate) {
    throw invalid("The StartDate you specify must come before the EndDate.");
  }
}

function expressionKind(definition: ScheduleDefinition): string | undefined {
  try {
    return expressionOf(definition).kind;
  } catch (error) {
    if (error instanceof InvalidScheduleExpression) return undefined;
    throw error;
  }
}

function checkTarget(
  target: ScheduleTarget,
  { targets, operations }: { readonly targets: Targets; readonly operations: OperationTable },
  region: string,
): void {
  const { Arn, Input, DeadLetterConfig } = target;
  if (Input !== undefined && Buffer.byteLength(Input) > LONGEST_INPUT_BYTES) {
    throw invalid("The Input of the target must be no longer than 256 KB.");
  }
  if (DeadLetterConfig?.Arn !== undefined && !targets.has(DeadLetterConfig.Arn)) {
    throw notSupported("queues", "Leave out the DeadLetterConfig.");
  }
  for (const name of FOREIGN_PARAMETERS) {
    if (name in target) throw notSupported(`${name} of schedules' targets`, "Leave it out.");
  }
  const universal = universalTarget(Arn);
  if (universal) {
    const { service, action, operation, reads } = universal;
    if (reads) throw invalid(`${action} API is not supported`);
    if (!operation || !operations.has(operation.fullName)) {
      throw notSupported(
        `the operation ${action} of ${service} as a schedule's target`,
        "Name one that it has.",
      );
    }
    if (Input === undefined) throw invalid("You must provide an input to set this target for your schedule");
    if (!isJsonObject(Input)) throw invalid("The Input of a universal target must be a JSON object.");
    return;
  }
  const [, service, place] = ARN.exec(Arn) ?? [];
  if (service === undefined || !TEMPLATED.includes(service)) throw wrongArn();
  if (!targets.has(Arn)) {
    throw notSupported(`targets of schedules in ${service}`, "Use a function, a queue, a topic or a bus.");
  }
  if (place !== region) {
    throw invalid(`The target ARN provided does not match the current region ${region}.`);
  }
  if (service === "sqs" && Arn.endsWith(".fifo") && target.SqsParameters?.MessageGroupId === undefined) {
    throw invalid("Parameters SqsParameters must be specified");
  }
  if (service === "events" && !target.EventBridgeParameters) {
    throw invalid("EventBridgeParameters must be set when the target is an event bus.");
  }
}

function wrongArn(): AwsError {
  return invalid("Provided Arn is not in correct format.");
}

function isJsonObject(text: string): boolean {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
