import { parsedPayload } from "../run-view.ts";
import { type OperationSource, operationById } from "./operation.ts";
import { type ExecutionRecord, resultError } from "./record.ts";
import type { DurableOperation, PrintColumns, TestResult, TestResultError } from "./types.ts";

/** The result of a run, as AWS's testing library has it. */
export function testResult<T>(source: OperationSource, record: ExecutionRecord): TestResult<T> {
  const { status, result, error } = record.end!;
  const ofRun: OperationSource = {
    record,
    until: (reached, awaited) => source.until(reached, awaited),
    complete: (how, input) => source.complete(how, input),
  };
  const operations = record.operations.map(({ operation }) => operationById(ofRun, operation.Id!));
  const failure = (): TestResultError =>
    resultError(error) ?? {
      errorMessage: `Execution failed with status "${status}"`,
      errorType: undefined,
      errorData: undefined,
      stackTrace: undefined,
    };
  return {
    getStatus: () => status,
    getOperations: (params) =>
      params ? operations.filter((operation) => operation.getStatus() === params.status) : operations,
    getInvocations: () => record.invocations,
    getHistoryEvents: () => record.events,
    getResult() {
      if (status === "SUCCEEDED") return parsedPayload(result) as T;
      const { errorMessage, stackTrace } = failure();
      const thrown = new Error(errorMessage);
      if (stackTrace) thrown.stack = stackTrace.join("\n");
      throw thrown;
    },
    getError() {
      if (status === "SUCCEEDED") throw new Error("Cannot get error for succeeded execution");
      return failure();
    },
    print: (columns) => print(operations, columns ?? {}),
  };
}

function print(operations: readonly DurableOperation[], columns: PrintColumns): void {
  if (operations.length === 0) return console.log("No operations found.");
  const rows = operations.map((operation) => {
    const start = operation.getStartTimestamp();
    const end = operation.getEndTimestamp();
    const row: Required<{ [column in keyof PrintColumns]: string }> = {
      parentId: operation.getParentId() ?? "-",
      name: operation.getName() ?? "-",
      type: operation.getType() ?? "-",
      subType: operation.getSubType() ?? "-",
      status: operation.getStatus() ?? "-",
      startTime: start?.toISOString() ?? "-",
      endTime: end?.toISOString() ?? "-",
      duration: start && end ? `${end.getTime() - start.getTime()}ms` : "-",
    };
    return Object.fromEntries(
      Object.entries(row).filter(([column]) => columns[column as keyof PrintColumns] !== false),
    );
  });
  console.table(rows);
}
