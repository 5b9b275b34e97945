import { compileBranches } from "./compile.ts";
import { fits, prepareBranch } from "./match.ts";

/** An event pattern, ready to be asked. */
export interface EventPattern {
  /** Whether a parsed event matches. */
  matches(event: unknown): boolean;
}

/**
 * Compiles an event pattern, whole: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html.
 * Matching takes time that grows with pattern and event, whatever they hold. Throws InvalidPattern with AWS's reason.
 */
export function compilePattern(text: string): EventPattern {
  const branches = compileBranches(text).map(prepareBranch);
  return { matches: (event) => branches.some((branch) => fits(branch, event)) };
}
