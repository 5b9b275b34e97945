/**
 * Limits of durable executions. Payload limits are the service model's
 * (https://docs.aws.amazon.com/lambda/latest/api/API_OperationUpdate.html); the two per execution are AWS's quotas as
 * commonly quoted, so they are defaults that a server may change.
 */
export interface DurableLimits {
  readonly operationsPerExecution: number;
  readonly bytesPerExecution: number;
  /** Of a step, context, callback or chained invoke. */
  readonly operationPayloadBytes: number;
  /** Of the result of an execution that was invoked synchronously; others have the limit of an operation. */
  readonly synchronousResultBytes: number;
  readonly updatesPerCheckpoint: number;
}

export const DEFAULT_LIMITS: DurableLimits = {
  operationsPerExecution: 3_000,
  bytesPerExecution: 100 * 1024 * 1024,
  operationPayloadBytes: 1024 * 1024,
  synchronousResultBytes: 6 * 1024 * 1024,
  updatesPerCheckpoint: 1_000,
};
