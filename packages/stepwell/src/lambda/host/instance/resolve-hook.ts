import type { InitializeHook, ResolveHook } from "node:module";
import { fallbacks, type LayerPlaces } from "./fallbacks.ts";

/** The fallback for `import` where Node has no `registerHooks`; Node runs this file in a thread of its own. */

let places: LayerPlaces = {};

export const initialize: InitializeHook<LayerPlaces> = (data) => {
  places = data;
};

export const resolve: ResolveHook = async (specifier, context, next) => {
  try {
    return await next(specifier, context);
  } catch (error) {
    for (const other of fallbacks(specifier, places)) {
      try {
        return await next(other.specifier, { ...context, parentURL: other.parentUrl });
      } catch {
        // The next place may have it.
      }
    }
    throw error;
  }
};
