import { type Command, InvalidArgumentError, Option } from "commander";
import { type CommonOptions, withColor } from "../session.ts";
import type { StartOptions } from "../start/start.ts";
import { parsePort } from "./port.ts";
import { parseStore, type Surroundings } from "./shared.ts";

export function declareStart(program: Command, { terminal, done }: Surroundings): void {
  const command = program
    .command("start")
    .summary("run a node on shared data")
    .description(
      "Runs one of any number of equal nodes on a PostgreSQL database, or one node on a folder, until Ctrl-C or SIGTERM; a second one ends it at once. Functions are created by AWS's clients. /healthz, /readyz and /metrics tell about the node.",
    )
    .addOption(
      new Option("--store <where>", "postgres://user:password@host:5432/database, or a folder")
        .env("STEPWELL_STORE")
        .makeOptionMandatory(),
    )
    .option("--schema <name>", "schema that holds the tables: installations may share a database", "stepwell")
    .option("--port <port>", "port to listen on; 0 takes a free one", parsePort, 4566)
    .option("--host <address>", "address to listen on; 0.0.0.0 for all of them", "127.0.0.1")
    .option("--auth <file>", "ask for signatures by the access keys in this JSON file")
    .option(
      "--lease <seconds>",
      "how long a silent node keeps its work; the same on all nodes (10)",
      parseLease,
    )
    .option(
      "--drain <seconds>",
      "how long to serve on after SIGTERM while /readyz says no, for load balancers to notice",
      parseSeconds,
      0,
    )
    .option("--grace <seconds>", "how long what runs may take to end after SIGTERM", parseSeconds, 30)
    .addHelpText(
      "after",
      `
Examples:
  stepwell start --store postgres://stepwell:secret@db/stepwell --host 0.0.0.0 --auth keys.json
  STEPWELL_STORE=postgres://localhost/stepwell stepwell start --port 4567`,
    );
  command.action(async () => {
    const options = command.optsWithGlobals<StartOptions & CommonOptions>();
    // Only now: what STEPWELL_STORE says must not keep the help from being shown.
    const store = parseStore(options.store);
    const { start } = await import("../start/start.ts");
    done(await start(withColor(terminal, options.color), { ...options, store }));
  });
}

function parseLease(text: string): number {
  const seconds = parseSeconds(text);
  if (seconds < 1 || seconds > 600) throw new InvalidArgumentError("It must be from 1 to 600 seconds.");
  return seconds;
}

function parseSeconds(text: string): number {
  if (!/^\d{1,5}(\.\d{1,3})?$/.test(text)) throw new InvalidArgumentError("It must be a number of seconds.");
  return Number(text);
}
