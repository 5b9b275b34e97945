import type { Command } from "commander";
import type { HistoryOptions } from "../executions/history.ts";
import type { ListOptions } from "../executions/list.ts";
import { connected, parseCount, type Surroundings } from "./shared.ts";

const ID = "ARN, name or beginning of the name of an execution; @last for the newest";

export function declareExecutions(program: Command, surroundings: Surroundings): void {
  const executions = program
    .command("executions")
    .alias("execution")
    .summary("list and look at durable executions")
    .description("Lists durable executions and shows what they did and what they wait for.");
  declareList(executions, surroundings);
  declareShow(executions, surroundings);
  declareHistory(executions, surroundings);
}

function declareList(executions: Command, surroundings: Surroundings): void {
  const command = executions
    .command("list")
    .summary("list executions, newest first")
    .description("Lists executions of one function or of all, newest first.")
    .argument("[function]", "name or ARN of a function")
    .option("--status <statuses>", "only these, with commas: RUNNING,SUCCEEDED,FAILED,TIMED_OUT,STOPPED")
    .option("--name <name>", "only those of exactly this name")
    .option("--max <count>", "at most so many", parseCount, 50)
    .addHelpText(
      "after",
      `
Where stdout is no terminal: name, function, status, start, end, ARN, separated by tabs.

Examples:
  stepwell executions list
  stepwell executions list approval --status RUNNING,FAILED --max 10
  stepwell executions list --json`,
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
