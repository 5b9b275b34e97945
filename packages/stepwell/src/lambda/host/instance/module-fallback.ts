import nodeModule, { type RegisterHooksOptions } from "node:module";
import { extname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { OPT_VARIABLE } from "../environment.ts";
import { type Fallback, fallbacks, type LayerPlaces } from "./fallbacks.ts";

/** The part of Node's CommonJS loader that has no public hook before Node 22.15. */
interface CommonJsLoader {
  _resolveFilename(
    request: string,
    parent: { filename?: string | null } | undefined,
    ...rest: unknown[]
  ): string;
}

const places: LayerPlaces = { opt: process.env[OPT_VARIABLE], nodePath: process.env.NODE_PATH };

/**
 * Lets functions import, unbundled, what their layers hold and the packages that AWS's runtimes bring: what a function's
 * folder does not have is looked for there, by `import` as by `require`. A package that is found nowhere is reported as
 * if there were no fallback.
 */
export function provideOtherModules(): void {
  // Newer than the oldest Node that is supported: 22.15.
  const { registerHooks } = nodeModule as { registerHooks?: (hooks: RegisterHooksOptions) => void };
  if (registerHooks) registerHooks({ resolve: resolveWithFallback });
  else provideThroughLoaders();
}

/** Set while a fallback resolves, whose request passes through the same hooks. */
let fallingBack = false;

const resolveWithFallback: NonNullable<RegisterHooksOptions["resolve"]> = (specifier, context, next) => {
  try {
    return next(specifier, context);
  } catch (error) {
    return fallBack(specifier, error, (other) => {
      // For require(), Node's own step ignores parentURL, so a require of our own has to find the file.
      if (!context.conditions.includes("require")) {
        return next(other.specifier, { ...context, parentURL: other.parentUrl });
      }
      return { url: pathToFileURL(required(other)).href, shortCircuit: true };
    });
  }
};

function provideThroughLoaders(): void {
  const loader = nodeModule as unknown as CommonJsLoader;
  const resolve = loader._resolveFilename;
  loader._resolveFilename = function (request, parent, ...rest) {
    try {
      return resolve.call(this, request, parent, ...rest);
    } catch (error) {
      return fallBack(request, error, required);
    }
  };
  nodeModule.register(new URL(`./resolve-hook${extname(import.meta.url)}`, import.meta.url), {
    data: places,
  });
}

function required({ specifier, parentUrl }: Fallback): string {
  return nodeModule.createRequire(fileURLToPath(parentUrl)).resolve(specifier);
}

/** Tries again elsewhere; what fails there too fails with the first error, which names the function's file. */
function fallBack<T>(specifier: string, error: unknown, resolve: (other: Fallback) => T): T {
  if (fallingBack) throw error;
  fallingBack = true;
  try {
    for (const other of fallbacks(specifier, places)) {
      try {
        return resolve(other);
      } catch {
        // The next place may have it.
      }
    }
    throw error;
  } finally {
    fallingBack = false;
  }
}
