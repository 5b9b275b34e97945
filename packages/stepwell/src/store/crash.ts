import { writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Change, CommitOptions, CommitResult, Store } from "./store.ts";

/**
 * Where a process kills itself, for tests of what survives: `after-commit:17` when the 17th commit is durable but
 * nobody has been told, `before-commit:17` when it was asked for and nothing of it is durable. With
 * `instead-of-commit:17` that one and all later ones are never made, and the process goes on for a moment: whoever is
 * told of something then was told too early. With a statement's name, `after-commit:journal.insert:4`, only commits
 * that contain it are counted.
 */
export interface CrashPlan {
  readonly when: "before-commit" | "after-commit" | "instead-of-commit";
  readonly statement?: string;
  /** From 1. */
  readonly commit: number;
}

/** Long enough for an answer to leave: of the machine's time, whatever the clock says. */
const STALLED_MS = 50;

/** Reads a plan; throws an error that says how one looks. */
export function parseCrashPlan(text: string): CrashPlan {
  const match =
    /^(before-commit|after-commit|instead-of-commit):(?:([a-z]+\.[a-zA-Z]+):)?([1-9]\d{0,8})$/.exec(text);
  if (!match) {
    throw new Error(
      `STEPWELL_CRASH is "${text}"; it must look like after-commit:17 or before-commit:journal.insert:4.`,
    );
  }
  const [, when, statement, commit] = match;
  return { when: when as CrashPlan["when"], commit: Number(commit), ...(statement ? { statement } : {}) };
}

/** A store that kills its process (SIGKILL, no clean-up) according to the plan, and says so on standard error. */
export function crashingStore(store: Store, plan: CrashPlan): Store {
  let commits = 0;
  let stalled = false;
  const commit = async (changes: readonly Change[], options: CommitOptions): Promise<CommitResult> => {
    if (stalled) return new Promise(() => {});
    const counts = !plan.statement || changes.some((change) => change.statement.name === plan.statement);
    const dies = counts && ++commits === plan.commit;
    if (dies && plan.when === "before-commit") die(plan, changes);
    if (dies && plan.when === "instead-of-commit") {
      stalled = true;
      await sleep(STALLED_MS);
      die(plan, changes);
    }
    const result = await store.commit(changes, options);
    if (dies) die(plan, changes);
    return result;
  };
  return new Proxy(store, {
    get(target, name) {
      if (name === "commit") return commit;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function die(plan: CrashPlan, changes: readonly Change[]): never {
  const what = changes.map((change) => change.statement.name).join(" ");
  // Written with the process's last breath, so it must not wait for the event loop.
  writeSync(2, `crash: ${plan.when} ${plan.commit} (${what})\n`);
  process.kill(process.pid, "SIGKILL");
  // The signal may take a moment; nothing may happen in it.
  for (;;);
}
