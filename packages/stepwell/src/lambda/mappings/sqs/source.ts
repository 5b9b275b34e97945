import { AwsError } from "../../../kernel/errors.ts";
import { invalidParameter } from "../../errors.ts";
import type { FunctionRecord } from "../../record.ts";
import { compileFilters } from "../filter.ts";
import type { Mapping, MappingSettings } from "../mapping.ts";
import type { EventSource, MappingInput } from "../source.ts";
import { QueuePoller } from "./poller.ts";
import { Queue, type QueueOptions } from "./queue.ts";

const DEFAULT_BATCH = 10;
/** Larger batches need time to gather. */
const MOST_WITHOUT_WINDOW = 10;
const MOST_OF_FIFO = 10;
/** For as long as a synchronous caller may wait for a durable function. */
const LONGEST_EXECUTION_SECONDS = 900;

/** Queues as sources (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html). */
export function queueSource(options: QueueOptions): EventSource {
  return {
    async settings(_context, { sourceArn, fn }, input, before) {
      refuseMisfit(input);
      const settings = checked(merged(input, before), sourceArn.endsWith(".fifo"));
      requireWaitable(fn);
      const hiddenSeconds = await visibilityTimeoutSeconds(new Queue(options, sourceArn));
      const { Timeout } = fn.settings;
      if (hiddenSeconds < Timeout) {
        throw invalidParameter(
          `Queue visibility timeout: ${hiddenSeconds} seconds is less than Function timeout: ${Timeout} seconds`,
        );
      }
      return settings;
    },
    duplicate: ({ sourceArn, functionName }, uuid) =>
      `An event source mapping with SQS arn (" ${sourceArn} ") and function (" ${functionName} ") already exists. ` +
      `Please update or delete the existing mapping with UUID ${uuid}`,
    run: (mapping: Mapping, caller, mostConcurrent) => {
      const { clock, log } = options;
      const queue = new Queue(options, mapping.sourceArn);
      const filter = compileFilters(mapping.settings.FilterCriteria);
      return new QueuePoller({ clock, log, mapping, queue, filter, caller, mostConcurrent });
    },
  };
}

/** Members that are for streams. */
function refuseMisfit(input: MappingInput): void {
  if (input.StartingPosition !== undefined || input.StartingPositionTimestamp !== undefined) {
    throw invalidParameter("StartingPosition is not valid for SQS event sources.");
  }
  for (const member of [
    "ParallelizationFactor",
    "MaximumRecordAgeInSeconds",
    "BisectBatchOnFunctionError",
    "MaximumRetryAttempts",
    "TumblingWindowInSeconds",
  ] as const) {
    if (input[member] !== undefined) {
      throw invalidParameter(`${member} isn't supported for this event source type`);
    }
  }
  const { OnSuccess, OnFailure } = input.DestinationConfig ?? {};
  if (OnSuccess?.Destination || OnFailure?.Destination) {
    throw invalidParameter("Unsupported DestinationConfig parameter for given event source mapping type.");
  }
}

/** What the request does not name stays as it is, or as AWS has it by default. */
function merged(input: MappingInput, before: MappingSettings | undefined): MappingSettings {
  const { FilterCriteria = before?.FilterCriteria, ScalingConfig = before?.ScalingConfig } = input;
  const { KMSKeyArn = before?.KMSKeyArn } = input;
  return {
    BatchSize: input.BatchSize ?? before?.BatchSize ?? DEFAULT_BATCH,
    MaximumBatchingWindowInSeconds:
      input.MaximumBatchingWindowInSeconds ?? before?.MaximumBatchingWindowInSeconds ?? 0,
    FunctionResponseTypes: input.FunctionResponseTypes ?? before?.FunctionResponseTypes ?? [],
    ...(FilterCriteria ? { FilterCriteria } : {}),
    ...(ScalingConfig ? { ScalingConfig } : {}),
    ...(KMSKeyArn ? { KMSKeyArn } : {}),
  };
}

function checked(settings: MappingSettings, isFifo: boolean): MappingSettings {
  const { BatchSize, MaximumBatchingWindowInSeconds: windowSeconds } = settings;
  if (isFifo && windowSeconds > 0) {
    throw invalidParameter("Batching window is not supported for FIFO queues");
  }
  if (isFifo && BatchSize > MOST_OF_FIFO) {
    throw invalidParameter(`Batch size must not exceed ${MOST_OF_FIFO} for FIFO queues`);
  }
  if (BatchSize > MOST_WITHOUT_WINDOW && windowSeconds === 0) {
    throw invalidParameter(
      "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
    );
  }
  compileFilters(settings.FilterCriteria);
  return settings;
}

/** A mapping waits for the end of an execution, as every synchronous caller does. */
function requireWaitable({ settings }: FunctionRecord): void {
  if ((settings.DurableConfig?.ExecutionTimeout ?? 0) > LONGEST_EXECUTION_SECONDS) {
    throw invalidParameter(
      "You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes.",
    );
  }
}

/** Lambda asks SQS on its owner's behalf, and passes on what that says. */
async function visibilityTimeoutSeconds(queue: Queue): Promise<number> {
  try {
    return await queue.visibilityTimeoutSeconds();
  } catch (error) {
    if (!(error instanceof AwsError) || error.fault === "server") throw error;
    throw invalidParameter(
      "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. " +
        "SQS Error Message: The specified queue does not exist or you do not have access to it.",
    );
  }
}
