import { Conflict } from "../store/errors.ts";

const MOST_TRIES = 20;

/** Does again what somebody else's change has run into, which looks at the new state then. Gives up in the end. */
export async function untilNoConflict<T>(attempt: () => Promise<T>, most = MOST_TRIES): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Conflict) || tries === most) throw error;
    }
  }
}
