import { AwsError } from "../kernel/errors.ts";
import { fromJson, setEntry } from "../kernel/schema/from-json.ts";
import { operationSchema, serviceIndex, serviceSchema } from "../kernel/schema/services.ts";
import type { OperationSchema } from "../kernel/schema/shape.ts";

const UNIVERSAL = /^arn:aws[a-z-]*:scheduler:::aws-sdk:([A-Za-z0-9]+):([A-Za-z0-9]+)$/;

/** Services that go by another name among universal targets than in their clients. */
const SERVICES: Readonly<Record<string, string>> = {
  cloudwatchlogs: "logs",
  eventbridge: "events",
  sfn: "states",
};

/** What only reads is no target. */
const READS =
  /^(get|describe|list|poll|receive|search|scan|query|select|read|lookup|discover|validate|batchGet|batchDescribe|batchRead|transactGet|retrieve|testConnection|isAuthorized)/;

/** A universal target: any operation of a service (`arn:aws:scheduler:::aws-sdk:sqs:sendMessage`). */
export interface UniversalTarget {
  readonly service: string;
  /** As the ARN spells it: `sendMessage`. */
  readonly action: string;
  /** Absent when Stepwell does not know it. */
  readonly operation?: OperationSchema;
  readonly reads: boolean;
}

/**
 * The operation that a target's ARN names; undefined for other ARNs.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
 */
export function universalTarget(arn: string): UniversalTarget | undefined {
  const [, named, action] = UNIVERSAL.exec(arn) ?? [];
  if (named === undefined || action === undefined) return undefined;
  const service = SERVICES[named.toLowerCase()] ?? named.toLowerCase();
  const operation = operationNamed(service, action);
  return { service, action, reads: READS.test(action), ...(operation ? { operation } : {}) };
}

/** An operation's input from the JSON of a target's Input. Throws AwsError (SerializationException). */
export function universalInput({ input }: OperationSchema, json: string): Record<string, unknown> {
  const given = parse(json);
  const texts: Record<string, unknown> = {};
  const rest: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    const shape = input.members.find((member) => member.name === name)?.shape;
    // A function's payload is written as it is, and not in base64.
    const isText = (shape?.type === "blob" || shape?.type === "stream") && typeof value === "string";
    setEntry(isText ? texts : rest, name, isText ? Buffer.from(value as string) : value);
  }
  return { ...(fromJson(input, rest) as object), ...texts };
}

function parse(json: string): object {
  let given: unknown;
  try {
    given = JSON.parse(json);
  } catch {
    // Said below.
  }
  if (typeof given === "object" && given !== null && !Array.isArray(given)) return given;
  throw new AwsError("SerializationException", "The Input of the target is not a JSON object.");
}

function operationNamed(service: string, action: string): OperationSchema | undefined {
  const exact = operationSchema(`${service}.${action.charAt(0).toUpperCase()}${action.slice(1)}`);
  if (exact || !serviceIndex().has(service)) return exact;
  const lower = action.toLowerCase();
  return [...serviceSchema(service).operations.values()].find(({ name }) => name.toLowerCase() === lower);
}
