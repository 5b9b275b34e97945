import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, createWriteStream, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const started = new Set();
process.once("exit", () => {
  for (const child of started) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));

/**
 * Starts a process of a contender; what it writes goes to `logFile`, what it logs (stderr) without passing through here.
 * It ends with the bench at the latest.
 */
export function startProcess(command, args, { cwd, env, logFile, ipc = false }) {
  const log = openSync(logFile, "a");
  const stdio = ["ignore", "pipe", log, ...(ipc ? ["ipc"] : [])];
  const child = spawn(command, args, { cwd, env, stdio });
  closeSync(log);
  started.add(child);
  child.once("exit", () => started.delete(child));
  child.stdout.pipe(createWriteStream(logFile, { flags: "a" }));
  return child;
}

/** Resolves to the first match in what a process writes to stdout; rejects when the process ends before it. */
export function waitForOutput(child, pattern, logFile) {
  return new Promise((resolve, reject) => {
    let text = "";
    const settle = (act) => {
      child.stdout.off("data", read);
      child.off("exit", exited);
      act();
    };
    const read = (chunk) => {
      text += chunk;
      const found = pattern.exec(text);
      if (found) settle(() => resolve(found));
    };
    const exited = () =>
      settle(() => reject(new Error(`${child.spawnfile} ended before it wrote ${pattern}. See ${logFile}.`)));
    child.stdout.on("data", read);
    child.once("exit", exited);
  });
}

/** Waits until `url` answers with 2xx; rejects when the process that should answer has ended. */
export async function waitForUrl(url, child, logFile) {
  for (;;) {
    if (child.exitCode !== null)
      throw new Error(`${child.spawnfile} exited with ${child.exitCode}. See ${logFile}.`);
    try {
      const response = await fetch(url);
      await response.arrayBuffer();
      if (response.ok) return;
    } catch {
      // Not listening yet.
    }
    await sleep(50);
  }
}

/** Asks a process to end, and ends it after 5 s. */
export async function stopProcess(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await exited;
  clearTimeout(late);
}

/** Ends a process and all that it started with kill -9; resolves when it is gone. */
export async function killTree(child) {
  const exited = once(child, "exit");
  for (const { pid } of processTree(child.pid)) kill(pid);
  await exited;
}

function kill(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** A TCP port that nobody listens on at the moment. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/**
 * A process and all that it started, the process itself first: `{ pid, rssMib, pssMib, command }`. What processes share
 * (Node's own program, above all) counts in the rss of each, and divided among them in the pss; where the system does
 * not tell the pss, it is the rss.
 */
export function processTree(pid) {
  const all = execFileSync("ps", ["-A", "-o", "pid=,ppid=,rss=,args="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .map(([, id, parent, kib, command]) => ({ pid: +id, parent: +parent, rssMib: +kib / 1024, command }));
  const tree = all.filter((entry) => entry.pid === pid);
  for (const member of tree) tree.push(...all.filter((entry) => entry.parent === member.pid));
  return tree.map((member) => ({ ...member, ...(memoryMib(member.pid) ?? { pssMib: member.rssMib }) }));
}

/** The memory of one process as `{ rssMib, pssMib }`; undefined where the system does not tell, or it has ended. */
export function memoryMib(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    const mib = (kind) => new RegExp(`^${kind}:\\s+(\\d+) kB`, "m").exec(text)[1] / 1024;
    return { rssMib: mib("Rss"), pssMib: mib("Pss") };
  } catch {
    return undefined;
  }
}
