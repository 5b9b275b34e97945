import type { Operation } from "../durable/types.ts";

/** What the parts of a run are made of. */
export interface RunView {
  /** In order of creation, as of the last time that something was awaited. */
  readonly operations: readonly Operation[];
  /**
   * Waits until `look` gives a value, letting time pass; `quiet`: nothing is under way. Rejects when the execution
   * ends before, with what has `not` happened.
   */
  until<T>(not: string, look: (quiet: boolean) => T | undefined): Promise<T>;
  /** Calls one of Lambda's operations. */
  call(operation: string, input: object): Promise<unknown>;
  /** An error with the run's report. */
  failure(message: string): Error;
}

export function isOver({ Status }: Operation): boolean {
  return Status !== "STARTED" && Status !== "PENDING" && Status !== "READY";
}

/** A payload as a value: parsed JSON, or the text where it is none. */
export function parsedPayload(text: string | undefined): unknown {
  if (text === undefined || text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
