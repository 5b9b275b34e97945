import nodeModule, { type RegisterHooksOptions } from "node:module";
import { extname } from "node:path";
import { pathToFileURL } from "node:url";
import { isProvided } from "./provided-packages.ts";

/** The part of Node's CommonJS loader that has no public hook before Node 22.15. */
interface CommonJsLoader {
  _resolveFilename(
    request: string,
    parent: { filename?: string | null } | undefined,
    ...rest: unknown[]
  ): string;
}

/**
 * Lets functions import, unbundled, the packages that AWS's runtimes bring: what a function's folder does not have is
 * taken from Stepwell's own dependencies. A package that is found nowhere is reported as if there were no fallback.
 */
export function provideOwnPackages(): void {
  // Newer than the oldest Node that is supported: 22.15.
  const { registerHooks } = nodeModule as { registerHooks?: (hooks: RegisterHooksOptions) => void };
  if (registerHooks) registerHooks({ resolve: resolveWithFallback });
  else provideThroughLoaders();
}

const own = nodeModule.createRequire(import.meta.url);
/** Set while `own` resolves, whose request passes through the same hooks. */
let resolvingOwn = false;

const resolveWithFallback: NonNullable<RegisterHooksOptions["resolve"]> = (specifier, context, next) => {
  try {
    return next(specifier, context);
  } catch (error) {
    return fallBack(specifier, error, () => {
      // For require(), Node's own step ignores parentURL, so a require of our own has to find the file.
      if (!context.conditions.includes("require")) {
        return next(specifier, { ...context, parentURL: import.meta.url });
      }
      return { url: pathToFileURL(own.resolve(specifier)).href, shortCircuit: true };
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
      return fallBack(request, error, () => own.resolve(request));
    }
  };
  nodeModule.register(new URL(`./resolve-hook${extname(import.meta.url)}`, import.meta.url));
}

/** Tries again from Stepwell's place; what fails there too fails with the first error, which names the function's file. */
function fallBack<T>(specifier: string, error: unknown, resolve: () => T): T {
  if (resolvingOwn || !isProvided(specifier)) throw error;
  resolvingOwn = true;
  try {
    return resolve();
  } catch {
    throw error;
  } finally {
    resolvingOwn = false;
  }
}
