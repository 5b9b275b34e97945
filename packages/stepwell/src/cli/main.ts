import { run } from "./run.ts";
import { processTerminal } from "./terminal.ts";

/** The entry of `bin/stepwell.js`. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // `stepwell executions history X | head` stops reading when it has enough: no failure of ours.
  process.exit(error.code === "EPIPE" ? 0 : 1);
});

const exitCode = await run(process.argv.slice(2), processTerminal());
// Not before what was written has left: writes to a pipe may be pending.
process.stdout.write("", () => process.exit(exitCode));
