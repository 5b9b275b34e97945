import type { RetryPolicy } from "../delivery-policy.ts";

/**
 * How long to wait after a number of failed attempts, or undefined when that was the last: first without delay, then
 * with the least, then growing from that to the greatest, then with the greatest
 * (https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html).
 */
export function retryDelayMs(policy: RetryPolicy, failures: number): number | undefined {
  const { numRetries, numNoDelayRetries, numMinDelayRetries, numMaxDelayRetries } = policy;
  if (failures > numRetries) return undefined;
  const minMs = policy.minDelayTarget * 1000;
  const maxMs = policy.maxDelayTarget * 1000;
  const growing = numRetries - numNoDelayRetries - numMinDelayRetries - numMaxDelayRetries;
  const step = failures - numNoDelayRetries - numMinDelayRetries;
  if (failures <= numNoDelayRetries) return 0;
  if (step <= 0) return minMs;
  if (step > growing) return maxMs;
  return Math.round(
    grown(policy.backoffFunction, growing === 1 ? 0 : (step - 1) / (growing - 1), minMs, maxMs),
  );
}

/** From `minMs` at 0 to `maxMs` at 1, in the shapes that AWS draws. */
function grown(backoff: RetryPolicy["backoffFunction"], part: number, minMs: number, maxMs: number): number {
  switch (backoff) {
    case "linear":
      return minMs + part * (maxMs - minMs);
    case "arithmetic":
      return minMs + part * part * (maxMs - minMs);
    case "geometric":
      return minMs * (maxMs / minMs) ** part;
    case "exponential":
      return minMs + ((2 ** (10 * part) - 1) / 1023) * (maxMs - minMs);
  }
}
