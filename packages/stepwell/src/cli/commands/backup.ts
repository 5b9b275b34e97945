import type { Command } from "commander";
import type { BackupOptions } from "../backup.ts";
import { connected, parseFolder, type Surroundings } from "./shared.ts";

export function declareBackup(program: Command, surroundings: Surroundings): void {
  const command = program
    .command("backup")
    .summary("copy a server's data into a folder")
    .description(
      "Copies everything that a server remembers into a folder, while it runs or, with --data, while it does not. To restore, start from the copy: stepwell dev APP --data FOLDER.",
    )
    .argument("<folder>", "a new or empty folder on the server's machine", parseFolder)
    .option("--data <folder>", "the data folder of a server that is stopped, such as .stepwell", parseFolder)
    .addHelpText(
      "after",
      `
Code of functions that were uploaded is in the copy; code in folders of apps is not.

Examples:
  stepwell backup ./backups/monday
  stepwell backup ./backups/monday --data ./shop/.stepwell`,
    );
  connected<BackupOptions>(command, surroundings, async (session, [folder], options) => {
    const { backup } = await import("../backup.ts");
    return backup(session, folder!, options);
  });
}
