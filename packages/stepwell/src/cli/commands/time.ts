import type { Command } from "commander";
import type { AdvanceOptions, SkipOptions } from "../time/move.ts";
import type { ShowTimeOptions } from "../time/show.ts";
import { connected, parseCount, type Surroundings } from "./shared.ts";

const SEMANTICS = `
On \`stepwell dev --time virtual\` time stands still until it is moved, and handlers, SDKs and logs see that time.
A move goes from one thing that is due to the next, in order: each happens at its own time, and all that follows from it
before time moves on. While a handler runs time does not move; timeouts of functions count the machine's time.
The data folder remembers the time: it never goes back.`;

export function declareTime(program: Command, surroundings: Surroundings): void {
  const time = program
    .command("time")
    .summary("show and move the time of a server that has a virtual one")
    .description("Shows the server's time and moves it, where it is virtual.")
    .addHelpText("after", SEMANTICS);

  const show = time
    .command("show")
    .summary("show the time and what is due")
    .description("Shows where the server's time stands, and what it will bring, the next first.")
    .option("--max <count>", "at most so many things that are due", parseCount, 10)
    .addHelpText(
      "after",
      `
Where stdout is no terminal: a line of now, time, VIRTUAL or REAL; then of each due thing: due, time, kind, function,
execution, operation, separated by tabs.

Examples:
  stepwell time show
  stepwell time show --max 100 --json`,
    );
  connected<ShowTimeOptions>(show, surroundings, async (session, _args, options) => {
    const { showTime } = await import("../time/show.ts");
    return showTime(session, options);
  });

  const advance = time
    .command("advance")
    .summary("move time on by a duration, or to a date")
    .description("Moves time on; everything that falls due on the way happens, in order.")
    .argument("[duration]", "such as 90s, 10m, 2h, 1h30m, 7d (m is minutes)")
    .option("--to <date>", "such as 2030-01-08 or 2030-01-08T09:00, in this machine's time zone, or …Z")
    .addHelpText(
      "after",
      `
Where stdout is no terminal: of each thing that happened: fired, time, kind, function, execution, operation; then a line
of now and the time, separated by tabs. More than 100 things are not listed.

Examples:
  stepwell time advance 2h
  stepwell time advance --to 2030-01-08T09:00`,
    );
  connected<AdvanceOptions>(advance, surroundings, async (session, [duration], options) => {
    const { advanceTime } = await import("../time/move.ts");
    return advanceTime(session, duration, options);
  });

  const skip = time
    .command("skip")
    .summary("move time on to what is due next")
    .description(
      "Moves time on to the next thing that is due: the end of a wait, another attempt, a callback's timeout. The timeouts of whole executions and the removal of expired data are reached by `time advance` only. Exits with 3 when nothing is due.",
    )
    .option(
      "--until <end>",
      "again and again: idle, until nothing is due; or an execution's ARN, name or @last, until it has ended",
    )
    .option("--max <count>", "with --until, at most so many times", parseCount, 1000)
    .addHelpText(
      "after",
      `
Prints what \`stepwell time advance\` prints.

Examples:
  stepwell time skip
  stepwell time skip --until idle
  stepwell time skip --until order-7`,
    );
  connected<SkipOptions>(skip, surroundings, async (session, _args, options) => {
    const { skipTime } = await import("../time/move.ts");
    return skipTime(session, options);
  });
}
