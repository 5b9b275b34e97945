/** An operation's input, as AWS's client takes it; in a case it may be of any other type too. */
export type Input = Readonly<Record<string, unknown>>;

export interface Refusal {
  readonly code: string;
  readonly status: number;
  readonly message: string;
}

/** What is put over the good input (undefined takes a member away), and how the result is refused. */
export type Case = readonly [change: Input, refusal: Refusal];

/**
 * What an operation takes and what it refuses. A kind of bad input is absent where the operation's input has no member
 * that could be bad in that way.
 */
export interface OperationCases {
  readonly good: Input;
  readonly wrongType?: readonly Case[];
  readonly missing?: readonly Case[];
  /** Longer than AWS's limit; or, of a number, greater. */
  readonly tooLong?: readonly Case[];
  /** Not among an enum's values. */
  readonly unknownValue?: readonly Case[];
  /** Or the reason why there is none. */
  readonly unknownResource: readonly Case[] | string;
}

/** By operation, in an order in which the good inputs succeed one after the other. */
export type ServiceCases = Readonly<Record<string, OperationCases>>;

/**
 * AWS's texts, put together from its published limits and from answers seen of the services; nothing here looks at
 * Stepwell's own schema. One deviation: AWS repeats a value whole, Stepwell its first 1,024 characters.
 */
const LONGEST_VALUE = 1024;

export const refusal = (code: string, message: string, status = 400): Refusal => ({ code, status, message });

/** For violated constraints each service has a code of its own. */
export const violating =
  (code: string) =>
  (...violations: readonly string[]): Refusal => {
    const count = violations.length === 1 ? "1 validation error" : `${violations.length} validation errors`;
    return refusal(code, `${count} detected: ${violations.join("; ")}`);
  };

export const isNull = (path: string) =>
  `Value null at '${path}' failed to satisfy constraint: Member must not be null`;
const isNot = (path: string, value: string, constraint: string) =>
  `Value '${shortened(value)}' at '${path}' failed to satisfy constraint: ${constraint}`;
export const isLonger = (path: string, value: string, most: number) =>
  isNot(path, value, `Member must have length less than or equal to ${most}`);
export const isMore = (path: string, value: number, most: number) =>
  isNot(path, String(value), `Member must have value less than or equal to ${most}`);
export const isNoneOf = (path: string, value: string, ...values: readonly (string | number)[]) =>
  isNot(path, value, `Member must satisfy enum value set: [${values.join(", ")}]`);
export const matchesNot = (path: string, value: string, pattern: string) =>
  isNot(path, value, `Member must satisfy regular expression pattern: ${pattern}`);
/** A list is refused as a whole, and every constraint of its members is named. */
export const hasBadMember = (path: string, value: string, ...constraints: readonly string[]) =>
  isNot(path, value, `Member must satisfy constraint: [${constraints.join(", ")}, Member must not be null]`);
export const hasBadKey = (path: string, value: string, ...constraints: readonly string[]) =>
  isNot(
    path,
    value,
    `Map keys must satisfy constraint: [${constraints.join(", ")}, Member must not be null]`,
  );

/** A JSON value of another type than the member's. Texts as measured on AWS's services; they do not say where. */
const malformed = (message: string) => refusal("SerializationException", message);
export const NOT_A_STRING = malformed("NUMBER_VALUE can not be converted to a String");
export const NOT_AN_INTEGER = malformed("STRING_VALUE can not be converted to an Integer");
export const NOT_A_LONG = malformed("STRING_VALUE can not be converted to a Long");
export const NOT_A_DOUBLE = malformed("STRING_VALUE can not be converted to a Double");
export const NOT_A_BOOLEAN = malformed("STRING_VALUE can not be converted to a Boolean");
export const NOT_A_BLOB = malformed("NUMBER_VALUE can not be converted to a Blob");
export const NOT_A_STRUCTURE = malformed("Expected null");
export const NOT_A_LIST = malformed("Expected list or null");
export const A_LIST = malformed("Start of list found where not expected");
export const A_STRUCTURE = malformed("Start of structure or map found where not expected.");

function shortened(value: string): string {
  return value.length <= LONGEST_VALUE ? value : `${value.slice(0, LONGEST_VALUE)}…`;
}
