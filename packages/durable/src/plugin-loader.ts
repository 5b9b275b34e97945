import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { toError } from "./error-object.ts";
import { Plugins } from "./plugins.ts";
import {
  DURABLE_INSTRUMENTATION_PLUGIN_API_VERSION,
  type DurableInstrumentationPlugin,
  type DurableInstrumentationPluginProvider,
} from "./types/plugin.ts";

/** A plugin named in DURABLE_EXECUTION_PLUGINS could not be used; every invocation fails with it. */
export class PluginLoadError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(`Dynamic plugin configuration failed: ${message}`, options);
    this.name = "PluginLoadError";
  }
}

const VARIABLE = "DURABLE_EXECUTION_PLUGINS";
const EXPORT = "durableExecutionPluginProvider";

/** The given plugins and those that the environment names; undefined when there are none. */
export async function loadPlugins(
  given: readonly DurableInstrumentationPlugin[] = [],
): Promise<Plugins | undefined> {
  const plugins = [...given];
  for (const specifier of specifiers()) plugins.push(await loadPlugin(specifier));
  return plugins.length > 0 ? new Plugins(plugins) : undefined;
}

function specifiers(): string[] {
  const named = process.env[VARIABLE]?.trim();
  if (!named) return [];
  const list = named.split(",").map((specifier) => specifier.trim());
  if (list.includes("")) {
    throw new PluginLoadError(
      `${VARIABLE} must contain non-empty, comma-separated package or module specifiers.`,
    );
  }
  const twice = list.find((specifier, index) => list.indexOf(specifier) !== index);
  if (twice) throw new PluginLoadError(`${VARIABLE} contains duplicate module specifier '${twice}'.`);
  return list;
}

async function loadPlugin(specifier: string): Promise<DurableInstrumentationPlugin> {
  const { pluginApiVersion, pluginType, createPlugin } = await loadProvider(specifier);
  if (pluginApiVersion !== DURABLE_INSTRUMENTATION_PLUGIN_API_VERSION) {
    throw new PluginLoadError(
      `Plugin provider '${specifier}' declares plugin API version '${String(pluginApiVersion)}', but this SDK supports ` +
        `version ${DURABLE_INSTRUMENTATION_PLUGIN_API_VERSION}. Install compatible SDK and plugin package versions.`,
    );
  }
  if (typeof pluginType !== "function") {
    throw new PluginLoadError(`Plugin provider '${specifier}' must declare a constructable 'pluginType'.`);
  }
  if (typeof createPlugin !== "function") {
    throw new PluginLoadError(
      `Plugin provider '${specifier}' must define a 'createPlugin' factory function.`,
    );
  }
  let plugin: DurableInstrumentationPlugin;
  try {
    plugin = createPlugin();
  } catch (cause) {
    const message = `Plugin provider '${specifier}' failed to create its plugin: ${toError(cause).message}`;
    throw new PluginLoadError(message, { cause });
  }
  if (!(plugin instanceof pluginType)) {
    throw new PluginLoadError(
      `Plugin provider '${specifier}' declared plugin type '${pluginType.name}' but created another type.`,
    );
  }
  return plugin;
}

async function loadProvider(specifier: string): Promise<DurableInstrumentationPluginProvider> {
  let module: Record<string, unknown> & { default?: Record<string, unknown> };
  try {
    module = await importFromApplication(specifier);
  } catch (cause) {
    throw new PluginLoadError(
      `Failed to load plugin module '${specifier}': ${toError(cause).message} Ensure the package is installed in the ` +
        "function artifact or an attached Lambda layer under 'nodejs/node_modules'.",
      { cause },
    );
  }
  const provider = module[EXPORT] ?? module.default?.[EXPORT];
  if (typeof provider !== "object" || provider === null) {
    throw new PluginLoadError(`Plugin module '${specifier}' must export an object '${EXPORT}'.`);
  }
  return provider as DurableInstrumentationPluginProvider;
}

/** As this package sees it, else as the function's own folder does, which also finds Lambda layers. */
async function importFromApplication(specifier: string): Promise<Record<string, unknown>> {
  try {
    return await import(specifier);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") throw error;
    const root = process.env.LAMBDA_TASK_ROOT?.trim() || process.cwd();
    return import(pathToFileURL(createRequire(join(root, "package.json")).resolve(specifier)).href);
  }
}
