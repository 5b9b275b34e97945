import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** What the bench compares with and drives all contenders by. Never dependencies of the project itself. */
export const PEER_VERSIONS = {
  "@restatedev/restate-server": "1.7.12",
  "@restatedev/restate-sdk": "1.17.2",
  undici: "7.30.2",
};

/**
 * The folder that holds the peers, installed from npm on first use. Their install scripts are left out: one reports
 * to its author, and the rest need none.
 */
export function installPeers(say) {
  const manifest = JSON.stringify({ private: true, dependencies: PEER_VERSIONS }, null, 2);
  const hash = createHash("sha256").update(manifest).digest("hex").slice(0, 12);
  const folder = join(tmpdir(), `stepwell-bench-peers-${hash}`);
  if (existsSync(folder)) return folder;
  say(
    `installing ${Object.entries(PEER_VERSIONS)
      .map((pair) => pair.join("@"))
      .join(", ")} into ${folder}`,
  );
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

/** Imports a peer's package. */
export async function importPeer(folder, name) {
  return import(pathToFileURL(createRequire(join(folder, "package.json")).resolve(name)).href);
}
