import { basename, delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/** Another way to find what a specifier means: the specifier as seen from another file. */
export interface Fallback {
  readonly specifier: string;
  /** The URL of a file, which need not be there. */
  readonly parentUrl: string;
}

/** Where a function's layers are. */
export interface LayerPlaces {
  /** The folder that AWS mounts as `/opt`. */
  readonly opt?: string | undefined;
  /** `NODE_PATH`, which Node itself knows for require() alone. */
  readonly nodePath?: string | undefined;
}

const PROVIDED = /^(@aws-sdk\/|@smithy\/|@aws\/durable-execution-sdk-js(\/|$)|@stepwell\/durable(\/|$))/;
const IN_OPT = /^(?:file:\/\/)?\/opt\/(.*)$/;
const PACKAGE = /^[^./:][^:]*$/;

/**
 * Where else to look, best first, for what a function's folder does not have: `/opt` and packages in its layers, then
 * the packages that AWS's Node.js runtimes, or Stepwell in their place, bring along.
 */
export function fallbacks(specifier: string, { opt, nodePath = "" }: LayerPlaces): readonly Fallback[] {
  const inOpt = IN_OPT.exec(specifier);
  if (inOpt) {
    return opt === undefined ? [] : [{ specifier: `./${inOpt[1]}`, parentUrl: urlOf(join(opt, "index.js")) }];
  }
  if (!PACKAGE.test(specifier)) return [];
  const folders = nodePath.split(delimiter).filter((folder) => basename(folder) === "node_modules");
  const parents = folders.map((folder) => urlOf(join(dirname(folder), "index.js")));
  if (PROVIDED.test(specifier)) parents.push(import.meta.url);
  return parents.map((parentUrl) => ({ specifier, parentUrl }));
}

function urlOf(path: string): string {
  return pathToFileURL(path).href;
}
