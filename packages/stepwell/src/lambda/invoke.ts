import type { CallContext } from "../kernel/context.ts";
import { AwsError } from "../kernel/errors.ts";
import { type AsyncInvocations, qualified } from "./async.ts";
import type { StoredFunctions } from "./catalog.ts";
import { invalidParameter } from "./errors.ts";
import type { DurableEnd, DurableInvoker } from "./function.ts";
import type { FunctionError, Host, InvocationReport, OnChunk } from "./host/host.ts";
import { errorPayload, RESPONSE_TOO_LARGE } from "./host/runtime-errors.ts";
import { checkClientContext, eventOf, isTooLargeResponse } from "./payload.ts";
import { type FunctionRecord, toLambdaFunction } from "./record.ts";
import { type FunctionReference, parseReference, referenceArn } from "./reference.ts";
import { placesOfRecord, type Reservations, Throttled } from "./reservations.ts";
import { tenantMisfit } from "./tenancy.ts";

export interface InvokeInput {
  readonly FunctionName: string;
  readonly Qualifier?: string;
  readonly InvocationType?: "RequestResponse" | "Event" | "DryRun";
  readonly LogType?: "None" | "Tail";
  readonly ClientContext?: string;
  readonly DurableExecutionName?: string;
  readonly Payload?: Uint8Array;
  readonly TenantId?: string;
}

export interface InvokeOutput {
  readonly StatusCode: number;
  readonly FunctionError?: string;
  /** Base64. */
  readonly LogResult?: string;
  readonly Payload?: Uint8Array;
  readonly ExecutedVersion?: string;
  readonly DurableExecutionArn?: string;
}

/** A synchronous caller of a durable function waits for its end; AWS lets nobody wait for longer than this. */
const LONGEST_SYNCHRONOUS_SECONDS = 900;

interface InvokeOptions {
  readonly catalog: StoredFunctions;
  readonly host: Host;
  readonly durable: DurableInvoker;
  readonly asynchronous: AsyncInvocations;
  readonly reservations: Reservations;
}

/** What else a caller wants to know of a synchronous invocation than its end. */
export interface InvocationFollowing {
  /** Called when an instance of this version has it, or a durable execution has been started. */
  readonly onStart?: (version: string) => void;
  /** Takes what the function streams; then the answer's payload is empty. */
  readonly onChunk?: OnChunk;
}

/** An invocation whose function and event have been found good. */
interface Invocation {
  readonly reference: FunctionReference;
  readonly record: FunctionRecord;
  readonly input: InvokeInput;
  /** The ARN as the caller qualified it. */
  readonly invokedArn: string;
  readonly event: string;
  readonly following: InvocationFollowing;
}

/**
 * Invoke (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html). What the function throws is an answer, not
 * an error of this call: StatusCode 200 with FunctionError `Unhandled`, the only value AWS's current runtimes give.
 *
 * Two rules of AWS's for durable functions (https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html):
 * - Only one whose ExecutionTimeout is 15 minutes or less can be waited for; the same here.
 * - AWS wants a qualifier, so that an execution keeps its version: "You cannot invoke a durable function using an
 *   unqualified ARN." Here a name without one means `$LATEST`, which is what people work with on their own machine,
 *   and the log says once per function that AWS would refuse.
 */
export class FunctionInvoker {
  readonly #options: InvokeOptions;
  readonly #warned = new Set<string>();

  constructor(options: InvokeOptions) {
    this.#options = options;
  }

  async invoke(
    context: CallContext,
    input: InvokeInput,
    following: InvocationFollowing = {},
  ): Promise<InvokeOutput> {
    const reference = parseReference(context, input.FunctionName, input.Qualifier);
    const record = await this.#options.catalog.toInvoke(context, reference);
    const synchronous = input.InvocationType !== "Event";
    if (input.ClientContext !== undefined) checkClientContext(input.ClientContext);
    const event = eventOf(input.Payload, synchronous);
    refuseMisfit(record, input);
    if (input.InvocationType === "DryRun") return { StatusCode: 204 };
    const invokedArn = referenceArn(context, reference);
    const invocation = { reference, record, input, invokedArn, event, following };
    if (record.settings.DurableConfig) {
      if (reference.qualifier === undefined) this.#warnUnqualified(context, invocation.invokedArn);
      return this.#durable(context, invocation, synchronous);
    }
    return synchronous ? this.#synchronous(context, invocation) : this.#asynchronous(context, invocation);
  }

  async #synchronous(context: CallContext, invocation: Invocation): Promise<InvokeOutput> {
    const { record, input, invokedArn, event, following } = invocation;
    const { host, catalog, reservations } = this.#options;
    const report = await reservations.run(placesOfRecord(record), async () =>
      host.invoke({
        code: await catalog.codeOf(record),
        requestId: context.requestId,
        invokedFunctionArn: invokedArn,
        event: { json: event },
        ...(input.ClientContext === undefined ? {} : { clientContext: input.ClientContext }),
        ...tenant(input),
        synchronous: true,
        ...(following.onStart ? { onStart: () => following.onStart!(record.version) } : {}),
        ...(following.onChunk ? { onChunk: following.onChunk } : {}),
      }),
    );
    if (!report) throw new Throttled(record);
    const { result } = report;
    if (!result.ok && result.kind === "lost") {
      throw new AwsError("ServiceException", `The invocation was interrupted: ${result.error.errorMessage}`, {
        httpStatus: 500,
      });
    }
    return {
      ...(result.ok ? answer(record, result.payload) : failure(record, result.error)),
      ...logResult(input, report),
    };
  }

  async #asynchronous(context: CallContext, invocation: Invocation): Promise<InvokeOutput> {
    const { reference, record, input, invokedArn, event } = invocation;
    await this.#options.asynchronous.accept({
      key: record,
      ...qualified(reference),
      ...tenant(input),
      requestId: context.requestId,
      invokedArn,
      event,
      acceptedAtMs: context.clock.now(),
    });
    return { StatusCode: 202 };
  }

  async #durable(context: CallContext, invocation: Invocation, synchronous: boolean): Promise<InvokeOutput> {
    const { record, input, event } = invocation;
    const { reservations } = this.#options;
    // Who does not wait is not told: its first invocation waits for a place, as every other does.
    const isOff = record.shared.reservedConcurrency === 0;
    if (isOff || (synchronous && (await reservations.isFull(placesOfRecord(record)))))
      throw new Throttled(record);
    const started = await this.#options.durable.start(context, {
      fn: toLambdaFunction(record),
      payload: event,
      ...(input.DurableExecutionName === undefined ? {} : { executionName: input.DurableExecutionName }),
      ...tenant(input),
      synchronous,
    });
    invocation.following.onStart?.(record.version);
    const DurableExecutionArn = started.executionArn;
    if (!synchronous) return { StatusCode: 202, DurableExecutionArn };
    const end = await started.ended;
    // Nobody reads this: the end is missing only when the caller has gone.
    if (!end) return { StatusCode: 200, DurableExecutionArn };
    return {
      ...(end.status === "SUCCEEDED" ? answer(record, end.result ?? "null") : failure(record, errorOf(end))),
      ...(end.report ? logResult(input, end.report) : {}),
      DurableExecutionArn,
    };
  }

  #warnUnqualified(context: CallContext, arn: string): void {
    if (this.#warned.has(arn)) return;
    this.#warned.add(arn);
    context.log.warn(
      { function: arn },
      "AWS refuses to invoke a durable function without a qualifier: name it with a version, an alias or :$LATEST",
    );
  }
}

/** Refuses what does not fit this function, in AWS's words where they are known. */
function refuseMisfit({ name, settings }: FunctionRecord, input: InvokeInput): void {
  const durable = settings.DurableConfig;
  const misfit = tenantMisfit(settings.TenancyConfig !== undefined, input.TenantId);
  if (misfit) throw misfit;
  if (!durable) {
    if (input.DurableExecutionName === undefined) return;
    throw invalidParameter(
      `The function ${name} is not durable, so its invocation cannot have a DurableExecutionName. ` +
        "Leave it out, or create the function with a DurableConfig.",
    );
  }
  const waits = (input.InvocationType ?? "RequestResponse") === "RequestResponse";
  if (waits && durable.ExecutionTimeout! > LONGEST_SYNCHRONOUS_SECONDS) {
    throw invalidParameter(
      "You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes.",
    );
  }
}

function tenant({ TenantId }: InvokeInput): { readonly tenantId?: string } {
  return TenantId === undefined ? {} : { tenantId: TenantId };
}

function answer(record: FunctionRecord, payload: string): InvokeOutput {
  if (isTooLargeResponse(payload)) return failure(record, RESPONSE_TOO_LARGE);
  return { StatusCode: 200, ExecutedVersion: record.version, Payload: Buffer.from(payload) };
}

function failure(record: FunctionRecord, error: FunctionError): InvokeOutput {
  return {
    StatusCode: 200,
    FunctionError: "Unhandled",
    ExecutedVersion: record.version,
    Payload: Buffer.from(errorPayload(error)),
  };
}

function logResult(input: InvokeInput, report: InvocationReport): { LogResult?: string } {
  return input.LogType === "Tail" ? { LogResult: Buffer.from(report.logTail).toString("base64") } : {};
}

/** AWS gives a stopped or timed-out execution an error only sometimes. */
function errorOf({ status, error }: DurableEnd): FunctionError {
  return {
    errorType: error?.ErrorType ?? "Error",
    errorMessage: error?.ErrorMessage ?? `The durable execution ended with status ${status}.`,
    ...(error?.StackTrace ? { trace: error.StackTrace } : {}),
  };
}
