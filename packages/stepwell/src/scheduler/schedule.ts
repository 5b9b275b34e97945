import type { ScheduleKey } from "./names.ts";

/** What a caller says of a schedule, in AWS's words, with AWS's defaults filled in. Dates are epoch milliseconds. */
export interface ScheduleDefinition {
  readonly ScheduleExpression: string;
  readonly ScheduleExpressionTimezone: string;
  readonly FlexibleTimeWindow: FlexibleTimeWindow;
  readonly Target: ScheduleTarget;
  readonly State: "ENABLED" | "DISABLED";
  readonly ActionAfterCompletion: "NONE" | "DELETE";
  readonly StartDate?: number;
  readonly EndDate?: number;
  readonly Description?: string;
  readonly KmsKeyArn?: string;
}

export interface FlexibleTimeWindow {
  readonly Mode: "OFF" | "FLEXIBLE";
  readonly MaximumWindowInMinutes?: number;
}

export interface ScheduleTarget {
  readonly Arn: string;
  readonly RoleArn: string;
  readonly Input?: string;
  readonly RetryPolicy: RetryPolicy;
  readonly DeadLetterConfig?: { readonly Arn?: string };
  readonly SqsParameters?: { readonly MessageGroupId?: string };
  readonly EventBridgeParameters?: { readonly Source: string; readonly DetailType: string };
}

export interface RetryPolicy {
  readonly MaximumEventAgeInSeconds: number;
  readonly MaximumRetryAttempts: number;
}

/** When a schedule goes off next. */
export interface Alarm {
  /** The time that its expression means. */
  readonly scheduledAtMs: number;
  /** When it really does: within the flexible window, at a moment that was drawn. */
  readonly fireAtMs: number;
  /** Rates count from here. */
  readonly anchorMs: number;
}

export interface Schedule extends ScheduleKey {
  readonly definition: ScheduleDefinition;
  /** Absent when it never goes off again, or is switched off. */
  readonly alarm?: Alarm;
  /** The time of a one-time schedule at which it had gone off before it was changed last. */
  readonly firedAtMs?: number;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
  /** Of the request that created it. */
  readonly clientToken?: string;
  readonly version: number;
}
