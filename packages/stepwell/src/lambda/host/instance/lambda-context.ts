/** What the runtimes pass to a handler beside its event. */
export interface LambdaContext {
  callbackWaitsForEmptyEventLoop: boolean;
  readonly functionName: string;
  readonly functionVersion: string;
  readonly invokedFunctionArn: string;
  readonly memoryLimitInMB: string;
  readonly awsRequestId: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
  readonly clientContext: unknown;
  readonly identity: undefined;
  readonly tenantId: string | undefined;
  getRemainingTimeInMillis(): number;
  done(error?: unknown, result?: unknown): void;
  succeed(result?: unknown): void;
  fail(error?: unknown): void;
}

/** The parts of the context that are the same for every invocation of an instance. */
export interface ContextIdentity {
  readonly functionName: string;
  readonly version: string;
  readonly memoryMb: number;
  readonly logGroup: string;
  readonly logStream: string;
}

/** The parts that each invocation has of its own. */
export interface ContextInvocation {
  readonly requestId: string;
  readonly invokedFunctionArn: string;
  readonly timeoutMs: number;
  /** Base64 of JSON, as the Invoke header carries it. */
  readonly clientContext?: string;
  readonly tenantId?: string;
}

/**
 * The context object.
 * Document: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html. `done`, `succeed` and `fail` are those of
 * the runtimes up to Node.js 22.
 */
export function lambdaContext(
  identity: ContextIdentity,
  invocation: ContextInvocation,
  nowMs: () => number,
  done: (error: unknown, result: unknown) => void,
): LambdaContext {
  const deadlineMs = nowMs() + invocation.timeoutMs;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: identity.functionName,
    functionVersion: identity.version,
    invokedFunctionArn: invocation.invokedFunctionArn,
    memoryLimitInMB: String(identity.memoryMb),
    awsRequestId: invocation.requestId,
    logGroupName: identity.logGroup,
    logStreamName: identity.logStream,
    clientContext: parseClientContext(invocation.clientContext),
    identity: undefined,
    tenantId: invocation.tenantId,
    getRemainingTimeInMillis: () => Math.floor(deadlineMs - nowMs()),
    done: (error, result) => done(error, result),
    succeed: (result) => done(undefined, result),
    fail: (error) => done(error ?? "handled", undefined),
  };
}

function parseClientContext(base64: string | undefined): unknown {
  if (!base64) return undefined;
  try {
    return JSON.parse(Buffer.from(base64, "base64").toString("utf8"));
  } catch {
    return undefined;
  }
}
