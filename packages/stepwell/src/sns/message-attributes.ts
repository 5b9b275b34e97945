import type { TargetAttribute } from "../kernel/targets.ts";
import { invalidValue } from "./errors.ts";

/** Message attributes as a request has them. */
export type AttributeInput = Readonly<
  Record<
    string,
    { readonly DataType: string; readonly StringValue?: string; readonly BinaryValue?: Uint8Array }
  >
>;

/** Message attributes that have passed the checks. */
export type MessageAttributes = Readonly<Record<string, TargetAttribute>>;

const LONGEST_NAME = 256;
const TYPES = /^(String|Number|Binary)(\..+)?$/s;

/**
 * Checks message attributes (https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html). Throws AwsError
 * (InvalidParameterValueException) for the first that is wrong.
 */
export function checkMessageAttributes(input: AttributeInput = {}): MessageAttributes {
  const checked = Object.entries(input).map(([name, { DataType, StringValue, BinaryValue }]) => {
    checkName(name);
    const [, type] = TYPES.exec(DataType) ?? [];
    if (type === undefined) {
      throw invalidValue(
        `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes ` +
          "is Binary, Number, and String.",
      );
    }
    const field = type === "Binary" ? "Binary" : "String";
    const [own, other] = field === "Binary" ? [BinaryValue, StringValue] : [StringValue, BinaryValue];
    if (!filled(own) && filled(other)) {
      throw invalidValue(
        `The message attribute '${name}' with type '${DataType}' must use field '${field}'.`,
      );
    }
    if (!filled(own)) {
      throw invalidValue(
        `The message attribute '${name}' must contain non-empty message attribute value for message attribute type ` +
          `'${DataType}'.`,
      );
    }
    if (type === "Number" && !isNumber(StringValue!)) {
      throw invalidValue(`Could not cast message attribute '${name}' value to number.`);
    }
    const value = field === "Binary" ? { binaryValue: BinaryValue! } : { stringValue: StringValue! };
    return [name, { dataType: DataType, ...value }] as const;
  });
  return Object.fromEntries(checked);
}

/** What attributes add to the size of a message. */
export function attributesBytes(attributes: MessageAttributes): number {
  return Object.entries(attributes)
    .map(
      ([name, { dataType, stringValue = "", binaryValue }]) =>
        Buffer.byteLength(name + dataType + stringValue) + (binaryValue?.byteLength ?? 0),
    )
    .reduce((a, b) => a + b, 0);
}

function checkName(name: string): void {
  if (Buffer.byteLength(name) > LONGEST_NAME) {
    throw invalidValue(`Length of message attribute name must be less than ${LONGEST_NAME} bytes.`);
  }
  const [odd] = /[^A-Za-z0-9_.-]/u.exec(name) ?? [];
  if (odd !== undefined) {
    throw invalidValue(
      `Invalid non-alphanumeric character '#x${odd.codePointAt(0)!.toString(16).toUpperCase()}' was found in the ` +
        "message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.",
    );
  }
  if (name.startsWith(".")) {
    throw invalidValue("Invalid message attribute name starting with character '.' was found.");
  }
  if (name.endsWith(".")) {
    throw invalidValue("Invalid message attribute name ending with character '.' was found.");
  }
  if (name.includes("..")) {
    throw invalidValue("Message attribute name can not have successive '.' character.");
  }
}

function isNumber(text: string): boolean {
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(text);
}

function filled(value: string | Uint8Array | undefined): boolean {
  return value !== undefined && value.length > 0;
}
