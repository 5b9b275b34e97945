import type { ServiceOptions } from "../kernel/service.ts";
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
