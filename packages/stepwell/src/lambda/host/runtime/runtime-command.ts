import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FunctionCode, FunctionError } from "../host.ts";
import { runtimeKind } from "../runtimes.ts";

/** A program with its arguments. */
export interface RuntimeCommand {
  readonly file: string;
  readonly arguments: readonly string[];
  /** What AWS sets as `LAMBDA_RUNTIME_DIR`. */
  readonly folder: string;
}

/** It is no part of what TypeScript compiles, so it is taken from `src` in the package too. */
const PYTHON_RUNTIME = fileURLToPath(new URL("../../../../src/lambda/host/runtime/python/", import.meta.url));

/** What is to be started for a function; the reason why nothing can be, in AWS's words. */
export function runtimeCommand(code: FunctionCode): RuntimeCommand | { readonly error: FunctionError } {
  if (runtimeKind(code.runtime ?? "") === "python") {
    // -u: what is printed is written at once. -B: a code folder that is watched must not change by being run.
    const file = join(PYTHON_RUNTIME, "bootstrap.py");
    return { file: "python3", arguments: ["-u", "-B", file], folder: PYTHON_RUNTIME };
  }
  const folders = [code.folder, ...(code.optFolder === undefined ? [] : [code.optFolder])];
  const folder = folders.find((one) => existsSync(join(one, "bootstrap")));
  if (folder !== undefined) return { file: join(folder, "bootstrap"), arguments: [], folder };
  const places = folders.map((one) => join(one, "bootstrap")).join(" ");
  return { error: invalidEntrypoint(`Couldn't find valid bootstrap(s): [${places}]`) };
}

/** Why a program did not start, with what to do about it where that is not plain. */
export function startError(
  code: FunctionCode,
  command: RuntimeCommand,
  error: NodeJS.ErrnoException,
): FunctionError {
  const { file } = command;
  if (!existsSync(code.folder)) {
    const errorMessage = `Error: chdir ${code.folder}: no such file or directory`;
    return { errorType: "Runtime.InvalidWorkingDir", errorMessage };
  }
  if (file === "python3") {
    return invalidEntrypoint(
      `the runtime ${code.runtime} needs python3, which is not on the PATH of this server (${error.code}). ` +
        "Install Python 3, or start Stepwell with a PATH that has it, and invoke again.",
    );
  }
  switch (error.code) {
    case "EACCES":
      return invalidEntrypoint(`fork/exec ${file}: permission denied (chmod +x it before it is zipped)`);
    case "ENOENT":
      return invalidEntrypoint(
        `fork/exec ${file}: no such file or directory (the program after #! in its first line is missing here)`,
      );
    case "ENOEXEC":
      return invalidEntrypoint(`fork/exec ${file}: exec format error (it is built for another system)`);
    default:
      return invalidEntrypoint(`fork/exec ${file}: ${error.message}`);
  }
}

function invalidEntrypoint(reason: string): FunctionError {
  return { errorType: "Runtime.InvalidEntrypoint", errorMessage: `Error: ${reason}` };
}
