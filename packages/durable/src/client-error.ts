import { CheckpointFailedError, type Ending } from "./ending.ts";
import { toError } from "./error-object.ts";

/** How far a client's failure reaches. */
export const DurableExecutionClientErrorScope = {
  /** This invocation cannot go on; the next may (timeouts, throttling, connections). */
  INVOCATION: "INVOCATION",
  /** No later invocation can go on either (refused requests, permissions, unknown executions). */
  EXECUTION: "EXECUTION",
} as const;
export type DurableExecutionClientErrorScope =
  (typeof DurableExecutionClientErrorScope)[keyof typeof DurableExecutionClientErrorScope];

export interface DurableExecutionClientErrorOptions {
  /** @defaultValue INVOCATION */
  scope?: DurableExecutionClientErrorScope;
  cause?: unknown;
}

/** What a custom durable execution client throws to say how far its failure reaches. */
export class DurableExecutionClientError extends Error {
  readonly isDurableExecutionClientError = true;
  readonly scope: DurableExecutionClientErrorScope;

  constructor(message: string, options: DurableExecutionClientErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "DurableExecutionClientError";
    this.scope = options.scope ?? DurableExecutionClientErrorScope.INVOCATION;
  }
}

/** By structure, because a client may be bundled with another copy of the class. */
export function isDurableExecutionClientError(error: unknown): error is DurableExecutionClientError {
  if (!(error instanceof Error) || !("isDurableExecutionClientError" in error)) return false;
  const { isDurableExecutionClientError: marked, scope } = error as DurableExecutionClientError;
  return marked === true && (scope === "INVOCATION" || scope === "EXECUTION");
}

/** An error of an AWS client, or of a Stepwell port, whose errors carry `code` and `httpStatus`. */
interface ServiceError {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly httpStatus?: number;
}

// These arrive as 502, but no retry can mend a key that is gone or forbidden.
const KMS_ERRORS = new Set([
  "KMSAccessDeniedException",
  "KMSDisabledException",
  "KMSInvalidStateException",
  "KMSNotFoundException",
]);

/** Whether a failure of the client means that the execution can never go on, whatever the call was. */
export function isFatalForExecution(error: unknown): boolean {
  if (isDurableExecutionClientError(error)) return error.scope === "EXECUTION";
  return KMS_ERRORS.has(codeOf(error as ServiceError | undefined));
}

/**
 * What a failed checkpoint means: a refused token ends this invocation quietly, because another one has taken over;
 * other client errors but throttling fail the execution; anything else interrupts the invocation.
 */
export function endingOf(error: unknown): Ending {
  const { message = "", $metadata, httpStatus } = (error ?? {}) as ServiceError;
  const status = $metadata?.httpStatusCode ?? httpStatus ?? 0;
  const refused = status >= 400 && status < 500;
  const stated = isDurableExecutionClientError(error);
  const isToken =
    codeOf(error as ServiceError) === "InvalidParameterValueException" &&
    message.startsWith("Invalid Checkpoint Token");
  if (!stated && refused && isToken) return { kind: "superseded" };
  const isFatal = isFatalForExecution(error) || (!stated && refused && status !== 429);
  const failure = new CheckpointFailedError(toError(error), isFatal);
  return { kind: isFatal ? "failed" : "interrupted", error: failure };
}

function codeOf(error: ServiceError | undefined): string {
  return (typeof error?.code === "string" ? error.code : error?.name) ?? "";
}
