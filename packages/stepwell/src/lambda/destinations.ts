import type { Attempt, Condition, PendingInvocation } from "./async-verdict.ts";
import { errorPayload } from "./host/runtime-errors.ts";

/**
 * The document that a destination gets of an asynchronous invocation that is over
 * (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html), as JSON text. `event` is put
 * in as it is, so that nothing of it is lost.
 */
export function invocationRecord(
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
        functionArn: `arn:aws:lambda:${key.region}:${key.account}:function:${key.name}:${key.version}`,
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
