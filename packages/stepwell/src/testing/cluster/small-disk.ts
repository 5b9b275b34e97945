import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const MIB = 1024 * 1024;

/** A file system of its own that a test may fill. */
export interface SmallDisk {
  /** Its root, which every user may enter. */
  readonly folder: string;
  /** Leaves no byte free. */
  fill(): void;
  /** Takes that back. */
  free(): void;
  remove(): void;
}

/** Mounts a tmpfs; undefined where this process has no right to, or the system no tmpfs. */
export function mountSmallDisk(mib: number): SmallDisk | undefined {
  const folder = mkdtempSync(join(tmpdir(), "stepwell-disk-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${mib}m,mode=755`, "tmpfs", folder]);
  if (mounted.status !== 0) {
    rmdirSync(folder);
    return undefined;
  }
  const ballast = join(folder, "ballast");
  return {
    folder,
    fill: () => writeUntilFull(ballast),
    free: () => rmSync(ballast, { force: true }),
    remove() {
      spawnSync("umount", ["--lazy", folder]);
      rmdirSync(folder);
    },
  };
}

function writeUntilFull(file: string): void {
  const descriptor = openSync(file, "a");
  try {
    for (let bytes = MIB; bytes >= 1; bytes = Math.floor(bytes / 2)) {
      const chunk = Buffer.alloc(bytes);
      while (fits(descriptor, chunk));
    }
  } finally {
    closeSync(descriptor);
  }
}

function fits(descriptor: number, chunk: Uint8Array): boolean {
  try {
    return writeSync(descriptor, chunk) === chunk.length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") return false;
    throw error;
  }
}
