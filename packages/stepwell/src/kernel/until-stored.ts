import { OutcomeUnknown, StoreError } from "../store/errors.ts";
import type { Clock } from "./clock.ts";
import type { Logger } from "./logger.ts";
import { within } from "./within.ts";

const PAUSE_MS = 1000;

export interface UntilStored {
  readonly clock: Clock;
  readonly log: Logger;
  /** What is being stored, for the log. */
  readonly what: string;
  /** Gives up once this is true: the next start finds what was not stored undone, and does it. */
  readonly closing: () => boolean;
}

/**
 * Does what must not be left undone, again every second while the store cannot take it (a full disk, a database
 * away). Other errors are passed on at once, a Conflict among them: somebody else was faster, and trying again would
 * not help. Resolves to undefined when it gave up.
 */
export async function untilStored<T>(options: UntilStored, run: () => Promise<T>): Promise<T | undefined> {
  const { clock, log, what, closing } = options;
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof StoreError || error instanceof OutcomeUnknown)) throw error;
      log.error({ error }, `${what} could not be stored${closing() ? "" : "; trying again"}`);
      if (closing()) return undefined;
      await new Promise<void>((resolve) => void clock.at(clock.now() + PAUSE_MS, resolve));
    }
  }
}

/**
 * Waits until reading tells what became of a commit; also when the node goes down, which leaves what it holds to the
 * next start or to others.
 */
export async function untilSettled(
  { settled }: OutcomeUnknown,
  { clock, closing }: Pick<UntilStored, "clock" | "closing">,
): Promise<void> {
  while (!closing() && !(await within(clock, PAUSE_MS, settled)));
}
