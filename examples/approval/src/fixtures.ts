import { vi } from "vitest";
import { processes } from "./processes.ts";

/** The outside world in memory, in place of the file of records: what has been done, each effect once. */
export function world(othersRunFor = 0) {
  const done = new Set<string>();
  let looks = 0;
  vi.spyOn(processes, "create").mockImplementation(async (title) => {
    done.add(`create ${title}`);
    return `process-${title}`;
  });
  vi.spyOn(processes, "askForApproval").mockImplementation(async (id) => void done.add(`ask ${id}`));
  vi.spyOn(processes, "othersAreRunning").mockImplementation(async () => ++looks <= othersRunFor);
  vi.spyOn(processes, "send").mockImplementation(async (id, command) => void done.add(`${command} ${id}`));
  vi.spyOn(processes, "complete").mockImplementation(async (id) => void done.add(`complete ${id}`));
  return {
    get done(): string[] {
      return [...done].sort();
    },
    get looks(): number {
      return looks;
    },
  };
}

export const ALL_DONE = [
  "ask process-tea",
  "command one process-tea",
  "command two process-tea",
  "complete process-tea",
  "create tea",
];
