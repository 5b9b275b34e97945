import type { DurableInstrumentationPlugin, OperationInfo } from "@stepwell/durable";

type Told = Record<string, unknown>;

/**
 * A plugin that writes down each hook with what it was told. What AWS's SDK 2.4 leaves out or gets wrong is left out:
 * whether an ending invocation was the first, whether a context replays its children, and when attempts ended.
 */
export function recorder(): { plugin: DurableInstrumentationPlugin; hooks: unknown[] } {
  const hooks: unknown[] = [];
  const note = (hook: string, told: Told): void => {
    hooks.push(JSON.parse(JSON.stringify({ hook, ...told })));
  };
  const plugin: DurableInstrumentationPlugin = {
    onInvocationStart: async (info) => {
      const { isFirstInvocation, updatedOperations } = info;
      note("onInvocationStart", {
        ...invocation(info),
        isFirstInvocation,
        updated: Object.keys(updatedOperations),
      });
    },
    onInvocationEnd: async (info) => {
      const { status, executionResult, executionError } = info;
      note("onInvocationEnd", {
        ...invocation(info),
        ...{ status, result: short(executionResult), error: executionError?.message },
      });
    },
    onOperationStart: async (info) => note("onOperationStart", operation(info)),
    onOperationEnd: async (info) => note("onOperationEnd", operation(info)),
    onOperationAttemptStart: async (info) => note("onOperationAttemptStart", operation(info)),
    onOperationAttemptEnd: async (info) =>
      note("onOperationAttemptEnd", { ...operation(info), outcome: info.outcome }),
    onOperationChange: async ({ executionArn, operations, updatedOperations }) =>
      note("onOperationChange", {
        ...{ executionArn, operations: Object.values(operations).map(operation) },
        updated: Object.values(updatedOperations).map(operation),
      }),
    wrapInvocation: async (info, fn) => {
      note("wrapInvocation", invocation(info));
      return fn();
    },
    wrapChildContextFn: async (info, fn) => {
      note("wrapChildContextFn", operation(info));
      return fn();
    },
    wrapOperationAttemptFn: async (info, fn) => {
      note("wrapOperationAttemptFn", operation(info));
      return fn();
    },
  };
  return { plugin, hooks };
}

interface Invocation {
  requestId: string;
  executionArn: string;
  executionInput: unknown;
  executionStartTimestamp?: Date | undefined;
  operations: Record<string, OperationInfo>;
}

function invocation({ requestId, executionArn, executionInput, ...info }: Invocation): Told {
  return {
    ...{ requestId, executionArn, executionInput, hasStart: info.executionStartTimestamp instanceof Date },
    operations: Object.values(info.operations).map(operation),
  };
}

function operation(info: OperationInfo): Told {
  const { id, name, type, subType, parentId, status, isReplay, attempt, result, error } = info;
  return {
    ...{ id, name, type, subType, parentId, status, isReplay, attempt },
    ...{ result: short(result), error: error?.message },
  };
}

/** Large values by their length. */
function short(value: unknown): unknown {
  return typeof value === "string" && value.length > 100 ? value.length : value;
}
