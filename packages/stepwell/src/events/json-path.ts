import { ExactNumber } from "./exact-json.ts";

/** A step into a value: a member's name, an element's index, or all of either. */
type Step = string | number | typeof EVERY;

const EVERY = Symbol("every member or element");
const STEP = /\.([^.[\]*'"\s]+)|\['([^']*)'\]|\["([^"]*)"\]|\[(\d+)\]|(\.\*|\[\*\])/y;

/** A path into an event. */
export type JsonPath = readonly Step[];

/**
 * Reads the part of JSONPath that EventBridge takes: dots and brackets with names, indexes and asterisks, no filters.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html. Undefined for anything else.
 */
export function parseJsonPath(text: string): JsonPath | undefined {
  if (!text.startsWith("$")) return undefined;
  const steps: Step[] = [];
  STEP.lastIndex = 1;
  while (STEP.lastIndex < text.length) {
    const match = STEP.exec(text);
    if (!match) return undefined;
    const [, dotted, single, double, index, every] = match;
    if (every !== undefined) steps.push(EVERY);
    else steps.push(index === undefined ? (dotted ?? single ?? double)! : Number(index));
  }
  return steps;
}

/** What stands at a path; undefined where nothing does. An asterisk makes it a list of what is found. */
export function valueAt(path: JsonPath, value: unknown, from = 0): unknown {
  let found = value;
  for (let i = from; i < path.length; i++) {
    const step = path[i]!;
    if (step === EVERY) {
      const parts = hasParts(found) ? Object.values(found) : [];
      return parts.map((part) => valueAt(path, part, i + 1)).filter((part) => part !== undefined);
    }
    if (!hasParts(found) || !Object.hasOwn(found, step)) return undefined;
    found = found[step];
  }
  return found;
}

function hasParts(value: unknown): value is Readonly<Record<string | number, unknown>> {
  return typeof value === "object" && value !== null && !(value instanceof ExactNumber);
}
