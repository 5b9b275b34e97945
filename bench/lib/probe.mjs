import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { median } from "./statistics.mjs";

const BLOCK = Buffer.alloc(4096, 1);

/**
 * How fast the disk under `folder` makes an append of 4 KiB durable: appends per second, and the median one in ms.
 * Every figure is printed beside it, because at low concurrency the disk decides all of them.
 */
export function probeDisk(folder, milliseconds = 400) {
  const file = join(folder, "probe");
  const descriptor = openSync(file, "w");
  const times = [];
  try {
    const until = performance.now() + milliseconds;
    for (let now = performance.now(); now < until; ) {
      writeSync(descriptor, BLOCK);
      fdatasyncSync(descriptor);
      const after = performance.now();
      times.push(after - now);
      now = after;
    }
  } finally {
    closeSync(descriptor);
    rmSync(file);
  }
  const total = times.reduce((sum, time) => sum + time, 0);
  return { perSecond: (times.length * 1000) / total, medianMs: median(times) };
}
