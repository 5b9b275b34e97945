import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { Aftermath } from "../aftermath.ts";
import type { EffectRecord } from "../record.ts";

/** Something that a client of the crash app wants done, however often the server goes away meanwhile. */
export interface Activity {
  /**
   * Does what is left of it, and remembers what was acknowledged. Rejects when the server goes away, and is called
   * again when there is a new one.
   */
  drive(client: LambdaClient): Promise<void>;
  /** Checks, when all is over, that what was acknowledged is there, and nothing was done too often. */
  check(aftermath: Aftermath): void | Promise<void>;
}

export interface ActivityOptions {
  readonly record: EffectRecord;
  /** From 0 to 1, the same for the same seed. */
  readonly random: () => number;
}

/** How often an activity looks whether something has come about. */
export const LOOK_MS = 60;
