import type { ServiceOptions } from "../kernel/service.ts";
import { Conflict } from "../store/errors.ts";
import type { Parameter, Place } from "./parameter.ts";
import { parameters } from "./table.ts";

/** What the operations work with. */
export type ParametersParts = ServiceOptions;

/** The first parameter that has one of the names. */
export async function findParameter(
  { store }: ParametersParts,
  place: Place,
  names: readonly string[],
): Promise<Parameter | undefined> {
  for (const name of names) {
    const parameter = await parameters.find(store, place, name);
    if (parameter) return parameter;
  }
  return undefined;
}

const MOST_TRIES = 20;

/** Does again what somebody else's change has run into, which looks at the new state then. */
export async function untilNoConflict<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Conflict) || tries === MOST_TRIES) throw error;
    }
  }
}
