import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { inOrder, itemsOf } from "../contract/tables.ts";
import type { OpenOptions } from "../open.ts";
import type { Store } from "../store.ts";

/** A running committer.ts, and what it says was committed. */
export interface Committer {
  readonly process: ChildProcess;
  readonly acknowledged: readonly number[];
  /** Resolves when so many commits were acknowledged. */
  reached(count: number): Promise<void>;
  /** kill -9, and the end of it. */
  kill(): Promise<void>;
}

/** Starts a process that commits to `target`; resolves when it has opened it. */
export async function startCommitter(
  target: string,
  options: Partial<OpenOptions>,
  prefix: string,
): Promise<Committer> {
  const file = fileURLToPath(new URL("./committer.ts", import.meta.url));
  const child = spawn(process.execPath, [file, target, JSON.stringify(options), prefix], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const acknowledged: number[] = [];
  const waiting = new Set<() => void>();
  const exited = once(child, "close");
  const lines = createInterface({ input: child.stdout! });
  const opened = new Promise<void>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the committer ended with code ${code}`)));
    lines.on("line", (line) => {
      if (line === "open") resolve();
      else acknowledged.push(Number(line));
      for (const look of waiting) look();
    });
  });
  await opened;
  const committer: Committer = {
    process: child,
    acknowledged,
    reached: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (acknowledged.length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
  return committer;
}

/** Every commit that was acknowledged is there, and every commit is there as a whole. Resolves to how many are. */
export async function expectWholeCommits(
  store: Store,
  prefix: string,
  acknowledged: readonly number[],
): Promise<number> {
  const entries = (await store.read(inOrder, [prefix])).map((row) => row.n as number).sort((a, b) => a - b);
  const items = (await store.read(itemsOf, [prefix])).map((row) => row.version as number);
  expect(items).toEqual(entries);
  const there = new Set(entries);
  expect(acknowledged.filter((n) => !there.has(n))).toEqual([]);
  return entries.length;
}
