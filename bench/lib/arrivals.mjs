import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startServer } from "../contenders/stepwell-process.mjs";

const EVENTS_APP = fileURLToPath(new URL("../apps/events", import.meta.url));
export const FUNCTION_ARN = "arn:aws:lambda:us-east-1:000000000000:function:arrived";

/** The wall clock with fractions, as the function of `apps/events` reads it. */
export const nowMs = () => performance.timeOrigin + performance.now();

/** `stepwell dev` on `apps/events`, and what its function has written down: a map of ids to milliseconds. */
export async function startArrivals(folder) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "arrivals.txt");
  writeFileSync(file, "");
  const server = await startServer({ app: EVENTS_APP, folder, env: { ARRIVALS: file } });
  const read = () =>
    new Map(
      readFileSync(file, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => line.split(" "))
        .map(([id, atMs]) => [id, Number(atMs)]),
    );
  return {
    ...server,
    read,
    /** Resolves when all of them have arrived. */
    async all(ids, lookMs = 20) {
      for (;;) {
        const arrived = read();
        if (ids.every((id) => arrived.has(id))) return arrived;
        await sleep(lookMs);
      }
    },
  };
}
