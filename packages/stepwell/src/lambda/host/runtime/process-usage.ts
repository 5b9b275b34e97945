import { readdirSync, readFileSync } from "node:fs";

/** What a process and all that it started use of the machine. */
export interface ProcessUsage {
  /** Resident memory; what processes share is counted for each. */
  readonly residentBytes: number;
  /** Processor time since they began. */
  readonly cpuMs: number;
}

/** Linux gives processor times in hundredths of a second, whatever the kernel's own clock. */
const MS_PER_TICK = 10;
const NOTHING: ProcessUsage = { residentBytes: 0, cpuMs: 0 };

/** Undefined where the system does not tell (it does on Linux), and when the process is gone. */
export function processUsage(pid: number): ProcessUsage | undefined {
  try {
    const folder = `/proc/${pid}`;
    const residentKb = Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`${folder}/status`, "utf8"))?.[1] ?? 0);
    // After the command's name, which may hold anything, the 12th and 13th fields are the times in user and system mode.
    const stat = readFileSync(`${folder}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[11]) + Number(fields[12]);
    const own = { residentBytes: residentKb * 1024, cpuMs: ticks * MS_PER_TICK };
    return children(folder).reduce((sum, child) => plus(sum, processUsage(child) ?? NOTHING), own);
  } catch {
    return undefined;
  }
}

function children(folder: string): number[] {
  const tasks = readdirSync(`${folder}/task`);
  return tasks.flatMap((task) =>
    readFileSync(`${folder}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
  );
}

function plus(one: ProcessUsage, other: ProcessUsage): ProcessUsage {
  return { residentBytes: one.residentBytes + other.residentBytes, cpuMs: one.cpuMs + other.cpuMs };
}
