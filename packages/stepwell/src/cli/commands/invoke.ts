import { type Command, Option } from "commander";
import type { InvokeOptions } from "../invoke/invoke.ts";
import { connected, type Surroundings } from "./shared.ts";

/** `words` are what is typed before the function. */
export function declareInvoke(parent: Command, surroundings: Surroundings, words = "stepwell invoke"): void {
  const command = parent
    .command("invoke")
    .summary("call a function and print its result")
    .description(
      "Calls a function and prints its result to stdout. When it fails, its error goes to stderr and the exit code is 5.",
    )
    .argument("<function>", "name or ARN of the function")
    .addOption(new Option("--payload <json>", "the event").conflicts("payloadFile"))
    .option("--payload-file <file>", "a file that holds the event; - for stdin")
    .option("--async", "do not wait for the result; print the ARN of the execution")
    .option("--name <name>", "name of the durable execution; the same name and event are the same execution")
    .option("--qualifier <version>", "version or alias of the function ($LATEST)")
    .addOption(new Option("--log", "print the end of the invocation's log to stderr").conflicts("async"))
    .addHelpText(
      "after",
      `
Examples:
  ${words} greet --payload '{"name":"Ada"}'
  ${words} approval --payload-file order.json --async --name order-7
  jq .order event.json | ${words} approval --payload-file - --log`,
    );
  connected<InvokeOptions>(command, surroundings, async (session, [functionName], options) => {
    const { invoke } = await import("../invoke/invoke.ts");
    return invoke(session, functionName!, options);
  });
}
