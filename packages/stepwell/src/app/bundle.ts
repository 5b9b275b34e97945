import { join } from "node:path";
import type { BuildFailure, BuildOptions, Message } from "esbuild";
import { ConfigError } from "./config-error.ts";
import { IdleService } from "./idle-service.ts";

/** esbuild's own process takes 13 MB; it starts again in a few milliseconds. */
const service = new IdleService();

/** A bundle in memory, and the files that it was made of. */
export interface Bundle {
  readonly code: string;
  /** Empty when no source map was asked for. */
  readonly sourceMap: string;
  /** Absolute paths, without packages from node_modules. */
  readonly inputs: readonly string[];
  /** What the entry exports; absent when only running it can tell (CommonJS). */
  readonly exports?: readonly string[];
}

/** Bundled code may come from CommonJS packages, which look for these; a module has none of its own. */
const BANNER = `import { createRequire as __createRequire } from "node:module";
import { dirname as __dirnameOf } from "node:path";
import { fileURLToPath as __fileURLToPath } from "node:url";
const require = __createRequire(import.meta.url);
const __filename = __fileURLToPath(import.meta.url);
const __dirname = __dirnameOf(__filename);`;

/**
 * Bundles an entry with its imports into one module for this Node.js. esbuild is loaded when it is first needed.
 * `options.outfile`, which ends in .mjs, says where the bundle will lie; writing it is the caller's. Throws
 * ConfigError with esbuild's messages, each after its file, line and column.
 */
export async function bundle(
  folder: string,
  entry: string,
  options: BuildOptions & { readonly outfile: string },
): Promise<Bundle> {
  const esbuild = await import("esbuild");
  service.begun();
  const result = await esbuild
    .build({
      absWorkingDir: folder,
      entryPoints: [entry],
      format: "esm",
      platform: "node",
      target: `node${process.versions.node}`,
      banner: { js: BANNER },
      logLevel: "silent",
      ...options,
      bundle: true,
      write: false,
      metafile: true,
    })
    .catch((error: BuildFailure) => {
      throw error.errors ? new ConfigError(error.errors.map(located).join("\n"), { cause: error }) : error;
    })
    .finally(() => service.ended(esbuild.stop));
  const output = Object.values(result.metafile.outputs).find((made) => made.entryPoint !== undefined)!;
  const inputs = Object.entries(result.metafile.inputs);
  const source = result.metafile.inputs[output.entryPoint!];
  const textOf = (ending: string) =>
    result.outputFiles!.find(({ path }) => path.endsWith(ending))?.text ?? "";
  return {
    code: textOf(".mjs"),
    sourceMap: textOf(".map"),
    inputs: inputs.map(([path]) => join(folder, path)).filter((path) => !/[\\/]node_modules[\\/]/.test(path)),
    ...(source?.format === "esm" ? { exports: output.exports } : {}),
  };
}

function located({ text, location }: Message): string {
  return location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text;
}
