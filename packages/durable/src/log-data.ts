import type { Execution } from "./execution.ts";
import { currentScope } from "./scope.ts";
import type { DurableLogData } from "./types/logger.ts";

/** What log lines say about where they are written. */
export function logData(execution: Execution): DurableLogData {
  const { awsRequestId, tenantId } = execution.lambdaContext;
  const { operationId, operationName, attempt } = currentScope() ?? {};
  const data: DurableLogData = { executionArn: execution.arn, requestId: awsRequestId };
  if (tenantId !== undefined) data.tenantId = tenantId;
  if (operationId !== undefined) data.operationId = operationId;
  if (operationName !== undefined) data.operationName = operationName;
  if (attempt !== undefined) data.attempt = attempt;
  return data;
}
