import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** What drives all contenders. */
export const CLIENT = { undici: "7.30.2" };

/**
 * The folder that holds packages, given as `{ NAME: VERSION }`, installed from npm on first use; they are never
 * dependencies of the project itself. Their install scripts are left out: one reports to its author, and the rest need
 * none.
 */
export function installPackages(packages, say) {
  const manifest = JSON.stringify({ private: true, dependencies: packages }, null, 2);
  const hash = createHash("sha256").update(manifest).digest("hex").slice(0, 12);
  const folder = join(tmpdir(), `stepwell-bench-peers-${hash}`);
  if (existsSync(folder)) return folder;
  const names = Object.entries(packages).map((pair) => pair.join("@"));
  say(`installing ${names.join(", ")} into ${folder}`);
  const building = `${folder}-${process.pid}`;
  mkdirSync(building);
  try {
    writeFileSync(join(building, "package.json"), manifest);
    const windows = process.platform === "win32";
    execFileSync(
      windows ? "npm.cmd" : "npm",
      ["install", "--prefix", building, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
      { stdio: ["ignore", "ignore", "inherit"], shell: windows },
    );
    renameSync(building, folder);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  return folder;
}

/** Imports a package from such a folder. */
export async function importPeer(folder, name) {
  return import(pathToFileURL(createRequire(join(folder, "package.json")).resolve(name)).href);
}
