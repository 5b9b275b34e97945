import { type Command, InvalidArgumentError, Option } from "commander";
import { MOST_EXECUTION_BYTES, MOST_OPERATIONS } from "../../app/limits.ts";
import type { DevOptions } from "../dev/dev.ts";
import { type CommonOptions, withColor } from "../session.ts";
import { parsePort } from "./port.ts";
import { parseFolder, type Surroundings } from "./shared.ts";

export function declareDev(program: Command, { terminal, done }: Surroundings): void {
  const command = program
    .command("dev")
    .summary("serve an app on this machine")
    .description(
      "Serves the app in a folder to AWS's clients until Ctrl-C. A folder without stepwell.config.ts (or .mts, .js, .mjs, .json) is an empty app.",
    )
    .argument("[path]", "folder of the app", ".")
    .option("--port <port>", "port to listen on; 0 takes a free one", parsePort, 4566)
    .option("--host <address>", "address to listen on; 0.0.0.0 for all of them", "127.0.0.1")
    .addOption(
      new Option("--data <folder>", "folder that keeps everything (PATH/.stepwell)")
        .argParser(parseFolder)
        .conflicts("memory"),
    )
    .option("--memory", "keep nothing after the end")
    .addOption(
      new Option("--time <kind>", "real, or virtual: time stands still until `stepwell time` moves it")
        .choices(["real", "virtual"])
        .default("real"),
    )
    .option(
      "--max-operations <count>",
      "operations that one execution may have (3000, as on AWS, or what stepwell.config says)",
      (text) => parseWithin(text, MOST_OPERATIONS),
    )
    .option(
      "--max-execution-bytes <count>",
      "bytes that all payloads of one execution may have (104857600, as on AWS, or what stepwell.config says)",
      (text) => parseWithin(text, MOST_EXECUTION_BYTES),
    )
    .option("--auth <file>", "ask for signatures by the access keys in this JSON file")
    .addHelpText(
      "after",
      `
Examples:
  stepwell dev
  stepwell dev ./shop --port 4567
  stepwell dev --memory
  stepwell dev --host 0.0.0.0 --auth keys.json

keys.json, which only you may read (chmod 600):
  [{ "AccessKeyId": "AKIA…", "SecretAccessKey": "…" }]`,
    );
  command.action(async () => {
    const options = command.optsWithGlobals<DevOptions & CommonOptions>();
    const { dev } = await import("../dev/dev.ts");
    done(await dev(withColor(terminal, options.color), command.args[0] ?? ".", options));
  });
}

function parseWithin(text: string, most: number): number {
  const count = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= most) return count;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`);
}
