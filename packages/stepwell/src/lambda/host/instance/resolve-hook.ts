import type { ResolveHook } from "node:module";
import { isProvided } from "./provided-packages.ts";

/** The fallback for `import` where Node has no `registerHooks`; Node runs this file in a thread of its own. */
export const resolve: ResolveHook = async (specifier, context, next) => {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (!isProvided(specifier)) throw error;
    try {
      return await next(specifier, { ...context, parentURL: import.meta.url });
    } catch {
      throw error;
    }
  }
};
