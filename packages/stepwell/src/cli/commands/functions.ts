import type { Command } from "commander";
import type { ListFunctionsOptions } from "../functions/list.ts";
import type { ShowFunctionOptions } from "../functions/show.ts";
import { declareInvoke } from "./invoke.ts";
import { connected, jsonlOption, type Surroundings } from "./shared.ts";

export function declareFunctions(program: Command, surroundings: Surroundings): void {
  const functions = program
    .command("functions")
    .alias("function")
    .summary("list, look at and call functions")
    .description("Lists functions, shows how one is configured, and calls it.");

  const list = functions
    .command("list")
    .summary("list functions")
    .description("Lists the functions of the region by name.")
    .addOption(jsonlOption())
    .addHelpText(
      "after",
      `
Where stdout is no terminal: name, runtime, timeout in seconds, memory in MB, durable or -, last change, ARN, separated
by tabs.

Examples:
  stepwell functions list
  stepwell functions list --json`,
    );
  connected<ListFunctionsOptions>(list, surroundings, async (session, _args, options) => {
    const { showFunctions } = await import("../functions/list.ts");
    return showFunctions(session, options);
  });

  const show = functions
    .command("show")
    .summary("show a function's configuration")
    .description("Shows how a function is configured.")
    .argument("<function>", "name or ARN of the function")
    .option("--qualifier <version>", "version or alias of the function ($LATEST)")
    .addHelpText(
      "after",
      `
Examples:
  stepwell functions show approval
  stepwell functions show approval --qualifier 7 --json`,
    );
  connected<ShowFunctionOptions>(show, surroundings, async (session, [name], options) => {
    const { showFunction } = await import("../functions/show.ts");
    return showFunction(session, name!, options);
  });

  declareInvoke(functions, surroundings, "stepwell functions invoke");
}
