import { cp, lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** Copies a folder over another one: folders are merged, and anything else replaces what is in its place. */
export async function overlay(from: string, onto: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(onto, entry.name);
    const below = await lstat(target).catch(() => undefined);
    if (entry.isDirectory() && below?.isDirectory()) {
      await overlay(source, target);
      continue;
    }
    if (below) await rm(target, { recursive: true });
    await cp(source, target, { recursive: true, verbatimSymlinks: true });
  }
}
