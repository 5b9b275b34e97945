import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../kernel/clock.ts";

const WRITES = 7;

/**
 * The time in ms of a 4 KiB write and its fdatasync in a folder, as a commit does them: the second fastest of seven.
 * A busy machine makes most of a few samples slow, and what is asked is how slow the disk is.
 */
export function measureFsync(folder: string, clock: Clock): number {
  const file = join(folder, "fsync-probe");
  const page = Buffer.alloc(4096, 1);
  const descriptor = openSync(file, "w");
  try {
    const times: number[] = [];
    for (let i = 0; i < WRITES; i++) {
      const start = clock.monotonicMs();
      writeSync(descriptor, page, 0, page.length, i * page.length);
      fdatasyncSync(descriptor);
      times.push(clock.monotonicMs() - start);
    }
    return times.sort((a, b) => a - b)[1]!;
  } finally {
    closeSync(descriptor);
    rmSync(file, { force: true });
  }
}
