import type { InvocationReport, InvocationRequest } from "./host.ts";
import { isKill, lost } from "./runtime-errors.ts";

/**
 * That a process was killed (SIGKILL) may be the doing of what ran in it, as when memory runs out, or of somebody else.
 * What is tried again when it is lost is therefore not charged with the first time, only with a second one in a row: a
 * lost host costs nobody an attempt, and what kills its host again and again is not tried again for ever at once.
 */
export class Kills {
  /** What lost its process when it was last tried. */
  readonly #lost = new Set<string>();

  /** What the invocation's end counts as. */
  judge({ attemptOf }: InvocationRequest, report: InvocationReport): InvocationReport {
    const { result } = report;
    if (attemptOf === undefined || this.#lost.delete(attemptOf)) return report;
    if (result.ok || !isKill(result.error)) return report;
    this.#lost.add(attemptOf);
    return { ...report, result: lost(result.error.errorMessage) };
  }
}
