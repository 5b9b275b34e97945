import { CommanderError } from "commander";
import { CliError, EXIT } from "./exit.ts";
import { buildProgram } from "./program.ts";
import { styleOf } from "./style.ts";
import type { Terminal } from "./terminal.ts";

/** Runs a command line, without `node` and the script's name; resolves to the exit code. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode: number = EXIT.ok;
  const json = wantsJson(argv);
  const program = buildProgram(terminal, json, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    return report(error, terminal, json);
  }
}

/** Looked for by hand, because a command line that cannot be parsed is reported as JSON too. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return argv.slice(0, end < 0 ? argv.length : end).includes("--json");
}

function report(error: unknown, terminal: Terminal, json: boolean): number {
  const { code, message, exitCode, hint } = explain(error);
  if (exitCode === EXIT.ok) return exitCode;
  if (json) {
    terminal.stderr.write(`${JSON.stringify({ error: { code, message, exitCode, hint } })}\n`);
  } else if (!(error instanceof CommanderError)) {
    const style = styleOf(terminal.stderr.hasColors);
    const shownCode = code.endsWith("Exception") ? ` (${code})` : "";
    terminal.stderr.write(
      `${style.bad("error:")} ${message}${shownCode}\n${hint === undefined ? "" : `${hint}\n`}`,
    );
  }
  return exitCode;
}

interface Explanation {
  readonly code: string;
  readonly message: string;
  readonly exitCode: number;
  readonly hint?: string | undefined;
}

function explain(error: unknown): Explanation {
  if (error instanceof CliError) return error;
  if (error instanceof CommanderError) {
    // Commander has written it already, or help or the version was asked for.
    const asked = error.exitCode === 0;
    const message = error.message.replace(/^error: /, "");
    return { code: "Usage", message, exitCode: asked ? EXIT.ok : EXIT.usage };
  }
  const stack = error instanceof Error ? error.stack : String(error);
  return {
    code: "Unexpected",
    message: `Stepwell's command line failed in a way that it did not foresee. ${stack}`,
    exitCode: EXIT.failed,
    hint: "Please report this with the lines above.",
  };
}
