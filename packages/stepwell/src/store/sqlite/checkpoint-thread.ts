import { parentPort, workerData } from "node:worker_threads";
import { WAL_LIMIT_BYTES } from "./checkpointer.ts";
import { openDatabase } from "./database.ts";

/** While commits go on, the log grows during a checkpoint; another round then moves less, until it is not worth it. */
const ROUNDS = 4;
const FEW_PAGES = 256;

const port = parentPort!;
const database = openDatabase((workerData as { file: string }).file, WAL_LIMIT_BYTES);
const passive = database.prepare("PRAGMA wal_checkpoint(PASSIVE)");

/** Answers null, or what went wrong. */
port.on("message", (order: "checkpoint" | "end") => {
  if (order === "end") {
    database.close();
    port.close();
    return;
  }
  try {
    let moved = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const before = moved;
      moved = Number(passive.get()?.checkpointed);
      if (moved - before < FEW_PAGES) break;
    }
    port.postMessage(null);
  } catch (error) {
    port.postMessage((error as Error).message);
  }
});
