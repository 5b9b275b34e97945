/**
 * Plugins that write what their hooks are told to standard output, one JSON record a line. A record's hook has the
 * requirements' name; each record carries the execution's ARN, by which logs are found.
 */

/** The SDK's hook that each record's hook stands for. */
const HOOKS = {
  "invocation-start": "onInvocationStart",
  "updated-on-invoke": "onInvocationStart",
  "operation-start": "onOperationStart",
  "attempt-start": "onOperationAttemptStart",
  "attempt-end": "onOperationAttemptEnd",
  "operation-end": "onOperationEnd",
  "invocation-end": "onInvocationEnd",
};

/** For each hook a function from its info to a record, a list of records, or undefined for none. */
export function logging(plugin, records) {
  let durableExecutionArn;
  const write = (hook, info) => {
    for (const record of [records[hook]?.(info) ?? []].flat()) {
      process.stdout.write(`${JSON.stringify({ plugin, hook, ...record, durableExecutionArn })}\n`);
    }
  };
  const hooks = {};
  for (const [hook, method] of Object.entries(HOOKS)) {
    const before = hooks[method];
    hooks[method] = async (info) => {
      await before?.(info);
      durableExecutionArn = info.executionArn ?? durableExecutionArn;
      write(hook, info);
    };
  }
  if (records["fn-start"]) {
    hooks.wrapChildContextFn = (info, fn) => {
      write("fn-start", info);
      return fn();
    };
  }
  return hooks;
}

/** A plugin that writes a record from every hook and then throws. */
export function throwing(plugin) {
  const empty = Object.keys(HOOKS).map((hook) => [hook, () => ({})]);
  const throwAfter = (log) => async (info) => {
    await log(info);
    throw new Error(`${plugin} is faulty`);
  };
  const hooks = Object.entries(logging(plugin, Object.fromEntries(empty)));
  return Object.fromEntries(hooks.map(([method, log]) => [method, throwAfter(log)]));
}

/** Records of operations of one type only. */
export const only = (type, record) => (info) => (info.type === type ? record(info) : undefined);

const time = (date) => date?.toISOString();

export const startRecord = (info) => ({
  ...invocationRecord(info),
  updatedOperationsCount: Object.keys(info.updatedOperations).length,
});

export const endRecord = (info) => ({
  ...invocationRecord(info),
  status: info.status,
  terminal: info.status === "SUCCEEDED" || info.status === "FAILED",
  executionError: info.executionError?.message,
});

function invocationRecord({ isFirstInvocation, requestId, operations, executionStartTimestamp }) {
  return {
    isFirstInvocation,
    requestId,
    operationsCount: Object.keys(operations).length,
    executionStartTimestamp: time(executionStartTimestamp),
  };
}

export const operationRecord = ({ id, name, type, subType, parentId, isReplay, isReplayingChildren }) => ({
  id,
  name,
  type,
  subType,
  parentId,
  isReplay,
  isReplayingChildren,
});

export const attemptRecord = (info) => ({
  ...operationRecord(info),
  attempt: info.attempt,
  startTimestamp: time(info.startTimestamp),
  endTimestamp: time(info.endTimestamp),
  outcome: info.outcome,
  error: info.error?.message,
});
