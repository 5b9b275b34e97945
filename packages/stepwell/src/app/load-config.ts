import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Plugin } from "esbuild";
import { bundle } from "./bundle.ts";
import { checkConfig } from "./check-config.ts";
import type { StepwellConfig } from "./config.ts";
import { ConfigError } from "./config-error.ts";

const NAMES = ["ts", "mts", "js", "mjs", "json"].map((ending) => `stepwell.config.${ending}`);

/** How often this process has loaded a config. */
let loads = 0;

export interface LoadedConfig {
  readonly config: StepwellConfig;
  /** The config file's name. */
  readonly file: string;
  /** Absolute paths of the config and of what it imports. */
  readonly inputs: readonly string[];
}

/** The config in an app's folder, or undefined when there is none. Throws ConfigError. */
export async function loadConfig(folder: string): Promise<LoadedConfig | undefined> {
  const found = NAMES.filter((name) => existsSync(join(folder, name)));
  const [file] = found;
  if (file === undefined) return undefined;
  if (found.length > 1)
    throw new ConfigError(`${found.join(" and ")} are both in ${folder}. Keep one of them.`);
  if (file.endsWith(".json")) {
    return { config: checkConfig(await readJson(folder, file), file), file, inputs: [join(folder, file)] };
  }
  // A name of its own each time: an imported module stays in memory under its name.
  const outfile = join(folder, ".stepwell", "build", `config.${process.pid}.${++loads}.mjs`);
  const { code, inputs } = await bundle(folder, file, {
    outfile,
    packages: "external",
    sourcemap: "inline",
    define: ownPlace(join(folder, file)),
    banner: {},
    plugins: [ownPackage],
  });
  return { config: checkConfig(await evaluate(file, outfile, code), file), file, inputs };
}

async function readJson(folder: string, file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(join(folder, file), "utf8"));
  } catch (error) {
    throw new ConfigError(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** The bundle lies somewhere else while it is evaluated; the config shall see its own place. */
function ownPlace(path: string): Record<string, string> {
  const folder = JSON.stringify(dirname(path));
  const file = JSON.stringify(path);
  return {
    "import.meta.url": JSON.stringify(pathToFileURL(path).href),
    "import.meta.filename": file,
    "import.meta.dirname": folder,
    __filename: file,
    __dirname: folder,
  };
}

/** `stepwell` in a config is the one that reads it, wherever that is installed. */
const ownPackage: Plugin = {
  name: "stepwell",
  setup(build) {
    const index = new URL(import.meta.url.endsWith(".ts") ? "../index.ts" : "../index.js", import.meta.url);
    build.onResolve({ filter: /^stepwell$/ }, () => ({ path: index.href, external: true }));
  },
};

/** Imports the bundle from inside the app's folder, where its packages are found. */
async function evaluate(file: string, path: string, code: string): Promise<unknown> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, code);
  try {
    return ((await import(pathToFileURL(path).href)) as { default?: unknown }).default;
  } catch (error) {
    const why = (error as Error).stack ?? String(error);
    throw new ConfigError(`${file} throws when it is loaded: ${why}`, { cause: error });
  } finally {
    await rm(path, { force: true });
  }
}
