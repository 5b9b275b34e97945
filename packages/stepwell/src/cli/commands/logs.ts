import type { Command } from "commander";
import type { LogsOptions } from "../logs/logs.ts";
import { connected, jsonlOption, parseCount, type Surroundings } from "./shared.ts";

export function declareLogs(program: Command, surroundings: Surroundings): void {
  const command = program
    .command("logs")
    .summary("show what functions logged, and follow it")
    .description(
      "Shows what functions logged, oldest first: the newest 100 lines, or all since a time, or what one execution wrote.",
    )
    .argument(
      "[function]",
      "name or ARN of a function, or a log group such as /my/group; all functions by default",
    )
    .option("-f, --follow", "go on with each new line until Ctrl-C")
    .option("--since <time>", "from a time on: a duration before now such as 10m, or a date")
    .option(
      "--filter <pattern>",
      "only lines that match a filter pattern of CloudWatch Logs; with --execution, that contain a text",
    )
    .option(
      "--execution <id>",
      "only what an execution wrote: its ARN, name, beginning of its name, or @last",
    )
    .option("--max <count>", "at most so many of the newest lines", parseCount)
    .addOption(jsonlOption())
    .addHelpText(
      "after",
      `
Where stdout is no terminal: time, function, stream, message, separated by tabs.

Examples:
  stepwell logs
  stepwell logs approval --follow
  stepwell logs --since 10m --filter '?ERROR ?WARN'
  stepwell logs --execution @last
  stepwell logs approval --follow --jsonl | jq .message`,
    );
  connected<LogsOptions>(command, surroundings, async (session, [name], options) => {
    const { showLogs } = await import("../logs/logs.ts");
    return showLogs(session, name, options);
  });
}
