import { readFileSync } from "node:fs";
import { Command } from "commander";
import { declareBackup } from "./commands/backup.ts";
import { declareCallback } from "./commands/callback.ts";
import { declareCopy } from "./commands/copy.ts";
import { declareDev } from "./commands/dev.ts";
import { declareExecutions } from "./commands/executions.ts";
import { declareFunctions } from "./commands/functions.ts";
import { declareInvoke } from "./commands/invoke.ts";
import { declareLogs } from "./commands/logs.ts";
import type { Surroundings } from "./commands/shared.ts";
import { declareStart } from "./commands/start.ts";
import { declareTime } from "./commands/time.ts";
import type { Output, Terminal } from "./terminal.ts";

/**
 * The whole command line: commands, options and help. `done` is told the exit code of the command that ran. With
 * `json`, nothing is written about a usage error: whoever catches it does.
 */
export function buildProgram(terminal: Terminal, json: boolean, done: (exitCode: number) => void): Command {
  const program = new Command("stepwell")
    .description("AWS's event-driven serverless services on your own machine: durable functions first.")
    .version(version(), "-V, --version", "print Stepwell's version")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show help for a command")
    .option("--json", "print one JSON document; errors are objects")
    .option("--color", "use colours, terminal or not")
    .option("--no-color", "use no colours (as with NO_COLOR)")
    .addHelpText("after", EXAMPLES)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => (json ? undefined : terminal.stderr.write(text)),
      getOutHelpWidth: () => helpWidth(terminal.stdout),
      getErrHelpWidth: () => helpWidth(terminal.stderr),
      getOutHasColors: () => terminal.stdout.hasColors,
      getErrHasColors: () => terminal.stderr.hasColors,
    })
    .exitOverride();
  for (const declare of COMMANDS) declare(program, { terminal, done });
  pointToHelp(program, "stepwell");
  return program;
}

const COMMANDS: readonly ((program: Command, surroundings: Surroundings) => void)[] = [
  declareDev,
  declareStart,
  declareInvoke,
  declareExecutions,
  declareCallback,
  declareLogs,
  declareFunctions,
  declareTime,
  declareBackup,
  declareCopy,
];

const EXAMPLES = `
Exit codes:
  0 done, 1 failed, 2 wrong usage, 3 not found, 4 refused (validation, conflict),
  5 the function or execution failed, 130 interrupted

Examples:
  stepwell dev
  stepwell invoke greet --payload '{"name":"Ada"}'
  stepwell executions show @last`;

/** Wrong usage of a command is answered with where its own help is. */
function pointToHelp(command: Command, words: string): void {
  command.showHelpAfterError(`See \`${words} --help\`.`);
  for (const child of command.commands) pointToHelp(child, `${words} ${child.name()}`);
}

function helpWidth({ columns }: Output): number {
  return Math.min(columns, 100);
}

function version(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
