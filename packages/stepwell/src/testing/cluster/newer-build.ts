import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = fileURLToPath(new URL("../../..", import.meta.url));
const NODE_MODULES = fileURLToPath(new URL("../../../../../node_modules", import.meta.url));

/** A kind of journal rows that this build does not know. */
export const NEWER_KIND = "InvocationBegun";

/** What makes a newer build of this one: it writes the newer kind, and reads what this one writes too. */
const CHANGES = [
  ["journal-row.js", `    "InvocationStarted",`, `    "InvocationStarted",\n    "${NEWER_KIND}",`],
  ["reduce.js", `    "InvocationStarted",`, `    "InvocationStarted",\n    "${NEWER_KIND}",`],
  [
    "reduce-header.js",
    `case "InvocationStarted":`,
    `case "InvocationStarted":\n        case "${NEWER_KIND}":`,
  ],
  ["invocation.js", `append("InvocationStarted",`, `append("${NEWER_KIND}",`],
] as const;

/** A build as the next version of Stepwell could be; `remove` when no process of it runs any more. */
export async function makeNewerBuild(): Promise<{ readonly bin: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "stepwell-newer-"));
  for (const part of ["bin", "dist", "package.json"]) {
    await cp(join(PACKAGE, part), join(folder, part), { recursive: true });
  }
  await symlink(NODE_MODULES, join(folder, "node_modules"), "dir");
  for (const [name, before, after] of CHANGES) {
    const file = join(folder, "dist", "durable", name);
    const [head, ...tail] = (await readFile(file, "utf8")).split(before);
    if (tail.length !== 1) throw new Error(`${name} has ${tail.length} times ${before}, and should once.`);
    await writeFile(file, head + after + tail[0]);
  }
  return {
    bin: join(folder, "bin", "stepwell.js"),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
