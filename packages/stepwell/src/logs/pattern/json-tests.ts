/** Whether the JSON of an event passes. */
export type Test = (json: unknown) => boolean;

/** Finds the value that a selector points to; undefined when there is none. */
export type Selector = (json: unknown) => unknown;

/** `$.a.b[0]` */
export function selectorOf(text: string): Selector {
  const steps = [...text.matchAll(/\.([^.[]+)|\[(\d+)\]/g)].map(([, name, index]) => name ?? Number(index));
  return (json) => {
    let value = json;
    for (const step of steps) value = typeof step === "number" ? itemOf(value, step) : memberOf(value, step);
    return value;
  };
}

function itemOf(value: unknown, index: number): unknown {
  return Array.isArray(value) ? value[index] : undefined;
}

function memberOf(value: unknown, name: string): unknown {
  const has =
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, name);
  return has ? (value as Record<string, unknown>)[name] : undefined;
}

const VALUES: Readonly<Record<string, unknown>> = { NULL: null, TRUE: true, FALSE: false };

/** `IS NULL`, `IS TRUE`, `IS FALSE`; undefined for another word. */
export function isValue(selector: Selector, word: string): Test | undefined {
  if (!Object.hasOwn(VALUES, word)) return undefined;
  const wanted = VALUES[word];
  return (json) => selector(json) === wanted;
}

export function notExists(selector: Selector): Test {
  return (json) => selector(json) === undefined;
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * A comparison, or undefined when there is none such. A quoted operand is compared with strings; a bare one also with
 * numbers, by value if it is a number and as text if it has wildcards. A field that is missing, or an object or a
 * list, passes no comparison, not even `!=`.
 */
export function comparison(
  selector: Selector,
  operator: string,
  operand: { readonly text: string; readonly quoted: boolean },
): Test | undefined {
  const number = !operand.quoted && NUMBER.test(operand.text) ? Number(operand.text) : undefined;
  if (operator === "=" || operator === "!=") {
    const equal = equality(operand, number);
    return (json) => {
      const value = selector(json);
      if (value === undefined || (typeof value === "object" && value !== null)) return false;
      return equal(value) === (operator === "=");
    };
  }
  const compare = number === undefined ? undefined : order(operator, number);
  return (
    compare &&
    ((json) => {
      const value = selector(json);
      return typeof value === "number" && compare(value);
    })
  );
}

function equality(
  operand: { readonly text: string; readonly quoted: boolean },
  number: number | undefined,
): (value: unknown) => boolean {
  if (operand.quoted) {
    const matches = wildcards(operand.text.slice(1, -1).replaceAll(/\\(.)/g, "$1"));
    return (value) => typeof value === "string" && matches(value);
  }
  const matches = wildcards(operand.text);
  return (value) => {
    if (typeof value === "string") return matches(value);
    return typeof value === "number" && (number === undefined ? matches(String(value)) : value === number);
  };
}

function order(operator: string, than: number): ((value: number) => boolean) | undefined {
  switch (operator) {
    case ">":
      return (value) => value > than;
    case "<":
      return (value) => value < than;
    case ">=":
      return (value) => value >= than;
    case "<=":
      return (value) => value <= than;
    default:
      return undefined;
  }
}

/** `*` stands for any characters. Without a regular expression, since a pattern must not make one run for long. */
function wildcards(pattern: string): (text: string) => boolean {
  const parts = pattern.split("*");
  if (parts.length === 1) return (text) => text === pattern;
  const [first, last] = [parts[0]!, parts.at(-1)!];
  const middle = parts.slice(1, -1);
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
      return false;
    let from = first.length;
    for (const part of middle) {
      const at = text.indexOf(part, from);
      if (at < 0) return false;
      from = at + part.length;
    }
    return from <= text.length - last.length;
  };
}
