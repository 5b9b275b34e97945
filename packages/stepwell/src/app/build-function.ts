import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Bundle, bundle } from "./bundle.ts";
import { ConfigError } from "./config-error.ts";

/** Found beside the function when it runs: its app's own version first, else the one that Stepwell brings. */
const EXTERNAL = ["@aws-sdk/*", "@smithy/*", "@aws/durable-execution-sdk-js", "@stepwell/durable"];

const ENDINGS = ["ts", "mts", "cts", "tsx", "js", "mjs", "cjs", "jsx"];

/** A function that was built from source and lies on disk. */
export interface BuiltFunction {
  /** Relative to the app's folder, as Lambda's Handler has it. */
  readonly handler: string;
  /** The source files it was made of, as absolute paths. */
  readonly inputs: readonly string[];
  /** Whether the code differs from what lay there before. */
  readonly changed: boolean;
}

/**
 * Bundles a function's source, `FILE.EXPORT` relative to the app's folder, into `.stepwell/build/NAME/index.mjs`
 * beside a source map. The code there is replaced in one step, and only when it has changed. Throws ConfigError,
 * leaving what is there.
 */
export async function buildFunction(folder: string, name: string, handler: string): Promise<BuiltFunction> {
  const dot = handler.lastIndexOf(".");
  const exported = handler.slice(dot + 1);
  const source = findSource(folder, name, handler.slice(0, dot));
  const place = `.stepwell/build/${name}`;
  const outfile = join(folder, place, "index.mjs");
  const made = await bundle(folder, source, { outfile, sourcemap: "linked", external: EXTERNAL });
  if (made.exports && !made.exports.includes(exported)) {
    const has = made.exports.length === 0 ? "exports nothing" : `exports ${made.exports.join(", ")}`;
    throw new ConfigError(`functions.${name}.handler is "${handler}", but ${source} ${has}.`);
  }
  return {
    handler: `${place}/index.${exported}`,
    inputs: made.inputs,
    changed: await writeBundle(outfile, made),
  };
}

/** Relative to the app's folder. */
function findSource(folder: string, name: string, file: string): string {
  const source = ENDINGS.map((ending) => `${file}.${ending}`).find((path) => existsSync(join(folder, path)));
  if (source !== undefined) return source;
  throw new ConfigError(
    `functions.${name}.handler: there is no ${file}.ts in ${folder} (nor with ${ENDINGS.slice(1).join(", ")}).`,
  );
}

async function writeBundle(path: string, { code, sourceMap }: Bundle): Promise<boolean> {
  if ((await readFile(path, "utf8").catch(() => undefined)) === code) return false;
  await mkdir(dirname(path), { recursive: true });
  await replace(`${path}.map`, sourceMap);
  await replace(path, code);
  return true;
}

async function replace(path: string, content: string): Promise<void> {
  await writeFile(`${path}.new`, content);
  await rename(`${path}.new`, path);
}
