import { existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { RuntimeError } from "./function-error.ts";
import type { LambdaContext } from "./lambda-context.ts";
import { defineStreamingGlobal } from "./response-stream.ts";

/** Any of the shapes that AWS's runtimes call: async, or with a callback. */
export type Handler = (
  event: unknown,
  context: LambdaContext,
  callback: (error?: unknown, result?: unknown) => void,
) => unknown;

/** The order in which AWS's runtimes look; TypeScript last, which Node 24 strips by itself. */
const ENDINGS = ["", ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"];

/**
 * Loads `dir/file.export.nested` from `folder` as AWS's Node.js runtimes do.
 * Document: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html#nodejs-handler-naming.
 * Throws RuntimeError (Runtime.MalformedHandlerName, ImportModuleError, UserCodeSyntaxError, HandlerNotFound), or
 * what the module itself threw.
 */
export async function loadHandler(folder: string, handler: string): Promise<Handler> {
  const { file, path } = parse(handler);
  defineStreamingGlobal();
  const loaded = find(await importModule(folder, file), path);
  if (loaded === undefined || loaded === null) {
    throw new RuntimeError("Runtime.HandlerNotFound", `${handler} is undefined or not exported`);
  }
  if (typeof loaded !== "function") {
    throw new RuntimeError("Runtime.HandlerNotFound", `${handler} is not a function`);
  }
  return loaded as Handler;
}

function parse(handler: string): { file: string; path: string[] } {
  if (handler.includes("..")) {
    throw new RuntimeError(
      "Runtime.MalformedHandlerName",
      `'${handler}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const last = basename(handler);
  const dot = last.indexOf(".");
  if (dot < 0) throw new RuntimeError("Runtime.MalformedHandlerName", "Bad handler");
  const folder = handler.slice(0, handler.length - last.length);
  return { file: join(folder, last.slice(0, dot)), path: last.slice(dot + 1).split(".") };
}

async function importModule(folder: string, file: string): Promise<unknown> {
  try {
    for (const ending of ENDINGS) {
      const path = resolve(folder, file + ending);
      if (existsSync(path) && (ending !== "" || !isFolder(path)))
        return await import(pathToFileURL(path).href);
    }
    // A package's name is legal too: it is looked for where the code could import it from.
    return await import(pathToFileURL(createRequire(join(folder, "index.js")).resolve(file)).href);
  } catch (error) {
    if (error instanceof SyntaxError) {
      const named = new RuntimeError("Runtime.UserCodeSyntaxError", String(error));
      named.stack = error.stack ?? "";
      throw named;
    }
    if ((error as NodeJS.ErrnoException | undefined)?.code === "MODULE_NOT_FOUND") {
      throw new RuntimeError("Runtime.ImportModuleError", String(error));
    }
    throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path).isDirectory();
}

/** CommonJS modules whose exports cannot be told from their text have them under `default` only. */
function find(module: unknown, path: readonly string[]): unknown {
  return walk(module, path) ?? walk((module as { default?: unknown }).default, path);
}

function walk(from: unknown, path: readonly string[]): unknown {
  let value = from;
  for (const key of path) value = (value as Record<string, unknown> | null | undefined)?.[key];
  return value;
}
