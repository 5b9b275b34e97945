import { operationSchema } from "../../kernel/schema/services.ts";
import type { Shape } from "../../kernel/schema/shape.ts";
import type { Calls } from "./types.ts";

/**
 * An operation's output as `--json` prints it: AWS's shape with dates in ISO 8601, and bytes as the text that they
 * hold (payloads are JSON).
 */
export function jsonDocument<N extends keyof Calls>(name: N, output: Calls[N]["output"]): string {
  return `${JSON.stringify(readableOutput(name, output), undefined, 2)}\n`;
}

/** Each item of an output's only list on a line of its own, as `--jsonl` prints it. */
export function jsonLines<N extends keyof Calls>(name: N, output: Calls[N]["output"]): string {
  const lists = Object.values(readableOutput(name, output) as object).filter(Array.isArray);
  return lists.flatMap((list) => list.map((item) => `${JSON.stringify(item)}\n`)).join("");
}

/** The same before it becomes text. */
export function readableOutput<N extends keyof Calls>(name: N, output: Calls[N]["output"]): unknown {
  return readable(operationSchema(name)!.output, output);
}

function readable(shape: Shape, value: unknown): unknown {
  if (value === undefined || value === null) return value;
  switch (shape.type) {
    case "structure":
    case "union": {
      const source = value as Readonly<Record<string, unknown>>;
      return Object.fromEntries(
        shape.members.map(({ name, shape }) => [name, readable(shape, source[name])]),
      );
    }
    case "list":
      return (value as unknown[]).map((item) => readable(shape.member, item));
    case "map":
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, readable(shape.value, item)]),
      );
    case "timestamp":
      return new Date(value as number).toISOString();
    case "blob":
      return Buffer.from(value as Uint8Array).toString("utf8");
    default:
      return value;
  }
}
