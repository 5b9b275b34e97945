import type { Command } from "commander";
import type { CopyOptions } from "../copy.ts";
import { type CommonOptions, withColor } from "../session.ts";
import { parseStore, type Surroundings } from "./shared.ts";

export function declareCopy(program: Command, { terminal, done }: Surroundings): void {
  const command = program
    .command("copy")
    .summary("move data between a folder and PostgreSQL")
    .description(
      "Copies everything that stopped nodes remember to a place without data: from a folder to PostgreSQL, back, or between two of either. Rows are counted at the end. A copy that is interrupted has done nothing: run it again.",
    )
    .requiredOption("--from <where>", "a data folder such as .stepwell, or a postgres:// URL", parseStore)
    .requiredOption("--to <where>", "a new folder, or a postgres:// URL", parseStore)
    .option("--schema <name>", "schema on PostgreSQL", "stepwell")
    .option("--to-schema <name>", "schema of the copy, when both are on PostgreSQL")
    .addHelpText(
      "after",
      `
Examples:
  stepwell copy --from .stepwell --to postgres://stepwell:secret@db/stepwell
  stepwell copy --from postgres://localhost/stepwell --to ./restored
  stepwell copy --from postgres://localhost/a --to postgres://localhost/a --to-schema rehearsal`,
    );
  command.action(async () => {
    const options = command.optsWithGlobals<CopyOptions & CommonOptions>();
    const { copy } = await import("../copy.ts");
    done(await copy(withColor(terminal, options.color), options));
  });
}
