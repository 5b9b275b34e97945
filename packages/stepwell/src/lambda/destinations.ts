import type { TargetEvent } from "../kernel/targets.ts";
import type { MadeAttempt } from "./async-attempt.ts";
import type { Attempt, Condition, PendingInvocation } from "./async-verdict.ts";
import type { FunctionError } from "./host/host.ts";
import { errorPayload } from "./host/runtime-errors.ts";
import { functionArn } from "./reference.ts";

/** Makes what a receiver gets of an invocation that is over. */
type ToEvent = (
  pending: PendingInvocation,
  event: string,
  attempt: Attempt,
  condition: Condition,
  nowMs: number,
) => TargetEvent;

/** Who gets something of an invocation that is over: the destination of its end, and the dead-letter queue. */
export function receiversOf(
  { config, deadLetterArn }: MadeAttempt,
  condition: Condition,
): readonly { readonly arn: string; readonly toEvent: ToEvent }[] {
  const { onSuccess, onFailure } = config?.destinations ?? {};
  const destination = condition === "Success" ? onSuccess : onFailure;
  return [
    ...(destination ? [{ arn: destination, toEvent: toDestination(destination) }] : []),
    ...(deadLetterArn && condition !== "Success" ? [{ arn: deadLetterArn, toEvent: toDeadLetter }] : []),
  ];
}

/** Buses get it as an event of Lambda's. */
function toDestination(arn: string): ToEvent {
  return (pending, event, attempt, condition, nowMs) => {
    const sourceArn = sourceOf(pending);
    const result = condition === "Success" ? "Success" : "Failure";
    return {
      payload: invocationRecord(pending, event, attempt, condition, nowMs),
      sourceArn,
      busEvent: {
        source: "lambda",
        detailType: `Lambda Function Invocation Result - ${result}`,
        resources: [arn, sourceArn],
      },
    };
  };
}

const MOST_ERROR_CHARACTERS = 1024;

/**
 * The event as it was, with attributes that say why it is there
 * (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq). ErrorCode is an
 * HTTP status: 200 when the function itself has failed.
 */
const toDeadLetter: ToEvent = (pending, event, attempt) => {
  const [code, message] = whyDead(attempt);
  const text = (stringValue: string) => ({ dataType: "String", stringValue });
  return {
    payload: event,
    sourceArn: sourceOf(pending),
    message: {
      attributes: {
        RequestID: text(pending.requestId),
        ErrorCode: { dataType: "Number", stringValue: String(code) },
        // SQS refuses empty values.
        ...(message === "" ? {} : { ErrorMessage: text(message.slice(0, MOST_ERROR_CHARACTERS)) }),
      },
    },
  };
};

function whyDead(attempt: Attempt): readonly [code: number, message: string] {
  if (attempt === "switched off") return [429, "Rate Exceeded."];
  if (typeof attempt === "string") return [500, "The event has waited for longer than it may."];
  return [200, attempt.ok ? "" : messageOf(attempt.error)];
}

/** Runtimes other than Node.js give their errors as JSON text. */
function messageOf({ errorMessage, payload }: FunctionError): string {
  if (payload === undefined) return errorMessage;
  try {
    const parsed: unknown = JSON.parse(payload)?.errorMessage;
    return typeof parsed === "string" ? parsed : errorMessage;
  } catch {
    return errorMessage;
  }
}

function sourceOf({ key: { account, region, name, version } }: PendingInvocation): string {
  return functionArn(account, region, name, version);
}

/**
 * The document that a destination gets of an asynchronous invocation that is over
 * (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html), as JSON text. `event` is put
 * in as it is, so that nothing of it is lost.
 */
function invocationRecord(
  pending: PendingInvocation,
  event: string,
  attempt: Attempt,
  condition: Condition,
  nowMs: number,
): string {
  const { key, requestId, failures } = pending;
  const members: [string, string][] = [
    ["version", JSON.stringify("1.0")],
    ["timestamp", JSON.stringify(new Date(nowMs).toISOString())],
    [
      "requestContext",
      JSON.stringify({
        requestId,
        functionArn: sourceOf(pending),
        condition,
        approximateInvokeCount: typeof attempt === "string" ? failures : failures + 1,
      }),
    ],
    ["requestPayload", event],
  ];
  if (typeof attempt !== "string") members.push(...response(attempt, key.version));
  return `{${members.map(([name, value]) => `"${name}":${value}`).join(",")}}`;
}

/** There is none when the last attempt could not be made. */
function response(attempt: Exclude<Attempt, string>, executedVersion: string): [string, string][] {
  const context = { statusCode: 200, executedVersion };
  if (attempt.ok) {
    return [
      ["responseContext", JSON.stringify(context)],
      ["responsePayload", asJson(attempt.payload)],
    ];
  }
  return [
    ["responseContext", JSON.stringify({ ...context, functionError: "Unhandled" })],
    ["responsePayload", asJson(errorPayload(attempt.error))],
  ];
}

/** A function that brings its own runtime may answer with any text. */
function asJson(payload: string): string {
  try {
    JSON.parse(payload);
    return payload;
  } catch {
    return JSON.stringify(payload);
  }
}
