import { NewerData } from "../kernel/errors.ts";

/** The holder that was asked is not, or no longer, the one that may decide. */
export class HeldElsewhere extends Error {
  override readonly name = "HeldElsewhere";
  /** Who holds the execution's item now; absent when the holder has just left. */
  readonly owner: string | undefined;
  constructor(execution: string, owner?: string) {
    super(owner === undefined ? `The holder of ${execution} has left.` : `${execution} is held by ${owner}.`);
    this.owner = owner;
  }
}

/** For `catch`: whoever can read what a newer version has written holds the execution, or will. */
export function heldByNewer(execution: string): (error: unknown) => never {
  return (error) => {
    throw error instanceof NewerData ? new HeldElsewhere(execution, "a node of a newer version") : error;
  };
}
