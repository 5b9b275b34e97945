import type { FunctionError, InvocationResult } from "./host.ts";

/**
 * How Lambda reports a function that could not run or broke while it ran.
 * Document: https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html; the wording is that of the
 * responses and logs of the managed Node.js runtimes.
 */

/** "6 MB" in Lambda's quotas is this many bytes: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html. */
export const LARGEST_RESPONSE_BYTES = 6_291_556;

export const RESPONSE_TOO_LARGE: FunctionError = {
  errorType: "Function.ResponseSizeTooLarge",
  errorMessage: `Response payload size exceeded maximum allowed payload size (${LARGEST_RESPONSE_BYTES} bytes).`,
};

/** Go's names of signals, which Lambda's supervisor prints. */
const SIGNAL_NAMES: Readonly<Record<string, string>> = {
  SIGABRT: "aborted",
  SIGBUS: "bus error",
  SIGFPE: "floating point exception",
  SIGILL: "illegal instruction",
  SIGINT: "interrupt",
  SIGKILL: "killed",
  SIGSEGV: "segmentation fault",
  SIGTERM: "terminated",
  SIGTRAP: "trace/breakpoint trap",
};

const EXIT_ERROR = "Runtime.ExitError";

/** How a runtime process (for us: a worker thread, or the child that holds it) ended. */
export type RuntimeEnd =
  | { readonly exitCode: number; readonly outOfMemory?: boolean }
  | { readonly signal: string }
  /** It could not even be started. */
  | { readonly startError: FunctionError }
  /** It was killed because it needed more memory than its function has. */
  | { readonly outOfMemory: true };

/** Whether an error says that the process was killed. */
export function isKill({ errorType, errorMessage }: FunctionError): boolean {
  return errorType === EXIT_ERROR && errorMessage.endsWith(`signal: ${SIGNAL_NAMES.SIGKILL}`);
}

/** The process ended while an invocation ran. */
export function exitError(requestId: string, end: RuntimeEnd): FunctionError {
  if ("startError" in end) return end.startError;
  if ("outOfMemory" in end && end.outOfMemory) return outOfMemory(requestId);
  let reason = "Runtime exited without providing a reason";
  if ("signal" in end)
    reason = `Runtime exited with error: signal: ${SIGNAL_NAMES[end.signal] ?? end.signal}`;
  else if (end.exitCode !== 0) reason = `Runtime exited with error: exit status ${end.exitCode}`;
  return { errorType: EXIT_ERROR, errorMessage: `RequestId: ${requestId} Error: ${reason}` };
}

/** Lambda kills a process that needs more than the function's memory, and says so by the error's type. */
function outOfMemory(requestId: string): FunctionError {
  return { ...exitError(requestId, { signal: "SIGKILL" }), errorType: "Runtime.OutOfMemory" };
}

export function timedOut(requestId: string, timeoutMs: number): FunctionError {
  return {
    errorType: "Sandbox.Timedout",
    errorMessage: `RequestId: ${requestId} Error: ${timeoutText(timeoutMs)}`,
  };
}

export function timeoutText(timeoutMs: number): string {
  return `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
}

/** The invocation was stopped by us; whoever asked for it may run it again. */
export function lost(why: string): InvocationResult & { readonly ok: false } {
  return { ok: false, kind: "lost", error: { errorType: "Stepwell.HostStopped", errorMessage: why } };
}

/** The error as the body of an answer: JSON text, or what the function's own runtime sent. */
export function errorPayload({ errorType, errorMessage, trace, payload }: FunctionError): string {
  return payload ?? JSON.stringify({ errorType, errorMessage, trace });
}

export function broken(error: FunctionError): InvocationResult {
  return { ok: false, kind: "runtime", error };
}
