import { arnParts } from "../arn.ts";
import type { DueThing } from "../client/types.ts";
import { oneLine } from "../text.ts";

/** What happens when its time comes: `wait "cool down" of order-7`. */
export function dueText(thing: DueThing): string {
  const execution = executionName(thing);
  const operation = `"${oneLine(thing.OperationName ?? thing.OperationId ?? "")}"`;
  switch (thing.Kind) {
    case "WAIT":
      return `wait ${operation} of ${execution} ends`;
    case "STEP_RETRY":
      return `next attempt of ${operation} of ${execution}`;
    case "CALLBACK_TIMEOUT":
      return `timeout of callback ${operation} of ${execution}`;
    case "CALLBACK_HEARTBEAT":
      return `heartbeat timeout of callback ${operation} of ${execution}`;
    case "INVOCATION_RETRY":
      return `handler of ${execution} is called again after it failed`;
    case "EXECUTION_TIMEOUT":
      return `timeout of execution ${execution}`;
    case "EVENT":
      return `event for function ${thing.FunctionName}`;
    case "ONE_TIME_SCHEDULE":
    case "SCHEDULE":
      return `${thing.ResourceArn ?? "a schedule"} fires`;
    case "SCHEDULE_RETRY":
      return `next attempt to reach the target of ${thing.ResourceArn}`;
    case "DELIVERY":
      return thing.ResourceArn ? `delivery to ${thing.ResourceArn}` : "a message is delivered to an endpoint";
    case "REPLAY":
      return "archived events are replayed";
    case "MESSAGE":
      return thing.ResourceArn === undefined
        ? "messages move from one queue to another"
        : `a message of ${oneLine(thing.ResourceArn.split(":").at(-1)!)} becomes visible`;
    case "HOUSEKEEPING":
      return "removal of what is past its retention";
  }
}

function executionName({ DurableExecutionArn: arn = "" }: DueThing): string {
  return arnParts(arn)?.name ?? arn;
}

/** Fields of a line for scripts: time, kind, function, execution, operation. */
export function dueFields(thing: DueThing): string[] {
  return [
    new Date(thing.At).toISOString(),
    thing.Kind,
    thing.FunctionName ?? "-",
    thing.DurableExecutionArn ?? "-",
    oneLine(thing.OperationName ?? thing.OperationId ?? "-"),
  ];
}
