import type { Style } from "../style.ts";
import { errorText } from "../text.ts";

const MOST_STACK_LINES = 5;

/** The error in a failed function's response, with the beginning of its stack. */
export function failureText(payload: string, style: Style): string {
  const error = parsedError(payload);
  if (!error) return `${style.bad("The function failed:")} ${payload}`;
  const summary = errorText({ ErrorType: error.errorType ?? "", ErrorMessage: error.errorMessage ?? "" });
  const stack = (error.trace ?? error.stackTrace ?? [])
    .filter((line) => /^\s*at /.test(line))
    .slice(0, MOST_STACK_LINES);
  return [`${style.bad("The function failed:")} ${summary}`, ...stack.map((line) => style.faint(line))].join(
    "\n",
  );
}

/** Lambda's Node runtime calls the stack `trace`, a failed durable execution's response `stackTrace`. */
interface FunctionFailure {
  readonly errorType?: string;
  readonly errorMessage?: string;
  readonly trace?: readonly string[];
  readonly stackTrace?: readonly string[];
}

function parsedError(payload: string): FunctionFailure | undefined {
  try {
    const error = JSON.parse(payload) as FunctionFailure | null;
    return error?.errorMessage !== undefined || error?.errorType !== undefined ? error : undefined;
  } catch {
    return undefined;
  }
}
