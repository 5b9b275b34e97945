import type { Command } from "commander";
import type { HistoryOptions } from "../executions/history.ts";
import type { ListOptions } from "../executions/list.ts";
import type { StopOptions } from "../executions/stop.ts";
import { connected, jsonlOption, parseCount, type Surroundings } from "./shared.ts";

const ID = "ARN, name or beginning of the name of an execution; @last for the newest";

export function declareExecutions(program: Command, surroundings: Surroundings): void {
  const executions = program
    .command("executions")
    .alias("execution")
    .summary("list, look at and stop durable executions")
    .description("Lists durable executions, shows what they did and what they wait for, and stops them.");
  declareList(executions, surroundings);
  declareShow(executions, surroundings);
  declareHistory(executions, surroundings);
  declareStop(executions, surroundings);
}

function declareList(executions: Command, surroundings: Surroundings): void {
  const command = executions
    .command("list")
    .summary("list executions, newest first")
    .description("Lists executions of one function or of all, newest first.")
    .argument("[function]", "name or ARN of a function")
    .option("--status <statuses>", "only these, with commas: RUNNING,SUCCEEDED,FAILED,TIMED_OUT,STOPPED")
    .option("--name <name>", "only those of exactly this name")
    .option("--qualifier <version>", "only those of this version of the function")
    .option("--since <time>", "only those started after: a duration before now such as 2h, or a date")
    .option("--before <time>", "only those started before")
    .option("--oldest-first", "list the oldest first")
    .option("--max <count>", "at most so many", parseCount, 50)
    .addOption(jsonlOption())
    .addHelpText(
      "after",
      `
Where stdout is no terminal: name, function, status, start, end, ARN, separated by tabs.

Examples:
  stepwell executions list
  stepwell executions list approval --status RUNNING,FAILED --max 10
  stepwell executions list --since 2h --status FAILED --json`,
    );
  connected<ListOptions>(command, surroundings, async (session, [functionName], options) => {
    const { listExecutions } = await import("../executions/list.ts");
    return listExecutions(session, functionName, options);
  });
}

function declareShow(executions: Command, surroundings: Surroundings): void {
  const command = executions
    .command("show")
    .summary("show an execution as a timeline")
    .description("Shows an execution as a timeline of its operations, and what it waits for.")
    .argument("<id>", ID)
    .addHelpText(
      "after",
      `
Examples:
  stepwell executions show @last
  stepwell executions show order-7
  stepwell executions show 3f2a --json`,
    );
  connected(command, surroundings, async (session, [id]) => {
    const { showExecution } = await import("../executions/show.ts");
    return showExecution(session, id!);
  });
}

function declareHistory(executions: Command, surroundings: Surroundings): void {
  const command = executions
    .command("history")
    .summary("list an execution's events")
    .description("Lists the events of an execution as AWS's history has them.")
    .argument("<id>", ID)
    .option("--reverse", "newest first")
    .option("--max <count>", "at most so many; all of them by default", parseCount)
    .addHelpText(
      "after",
      `
Where stdout is no terminal: event id, time, type, operation id, operation name, details as JSON, separated by tabs.

Examples:
  stepwell executions history @last
  stepwell executions history order-7 --reverse --max 5
  stepwell executions history order-7 --json`,
    );
  connected<HistoryOptions>(command, surroundings, async (session, [id], options) => {
    const { showHistory } = await import("../executions/history.ts");
    return showHistory(session, id!, options);
  });
}

function declareStop(executions: Command, surroundings: Surroundings): void {
  const command = executions
    .command("stop")
    .summary("stop a running execution")
    .description(
      "Stops a running execution for good. Code of its handler that runs goes on, but nothing that it does is recorded. One that has ended stays as it is.",
    )
    .argument("<id>", ID)
    .option("--error-type <type>", "type of the error that the execution ends with")
    .option("--error-message <message>", "its message")
    .addHelpText(
      "after",
      `
Examples:
  stepwell executions stop @last
  stepwell executions stop order-7 --error-type Cancelled --error-message 'The customer withdrew'`,
    );
  connected<StopOptions>(command, surroundings, async (session, [id], options) => {
    const { stopExecution } = await import("../executions/stop.ts");
    return stopExecution(session, id!, options);
  });
}
