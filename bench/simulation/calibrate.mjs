import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";
import { drive } from "../lib/load.mjs";
import { processTree } from "../lib/processes.mjs";
import { percentile } from "../lib/statistics.mjs";

/** Of Linux: ticks of /proc in a second. */
const TICKS = 100;
const COMMITS = 'stepwell_commits_total{outcome="stored"}';
const FLUSHES = "stepwell_flush_seconds_count";

/** Runs W1 on nodes and measures what came of it, and what it cost each kind of process. */
export async function observe({ nodes, postgresPid, concurrency, seconds }) {
  let next = 0;
  const run = () => nodes[next++ % nodes.length].api.run({ workload: "w1" });
  const before = await reading(nodes, postgresPid);
  const { perSecond, latenciesMs } = await drive(concurrency, seconds, run);
  const after = await reading(nodes, postgresPid);
  const all = Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]]));
  const each = Object.fromEntries(Object.entries(all).map(([key, sum]) => [key, sum / latenciesMs.length]));
  const ownMs = all.clientMs + all.nodeMs + all.hostMs + all.databaseMs;
  // What others used of the processors was not there for us.
  const slowness = Math.max(1, (availableParallelism() * all.elapsedMs) / (ownMs + all.idleMs));
  return { perSecond, p50Ms: percentile(latenciesMs, 0.5), each, slowness };
}

/**
 * What a workflow costs, by two observations: what is paid for every flush is told from what is paid for every commit
 * by how many commits share a flush. `each` of them has milliseconds of a processor per workflow, commits and flushes.
 */
export function costsOf(alone, crowded) {
  const database = split(alone.each, crowded.each, "databaseMs");
  const node = split(alone.each, crowded.each, "nodeMs");
  const { commits, clientMs, hostMs } = crowded.each;
  return {
    commits: Math.round(commits),
    clientMs,
    hostMs: hostMs / commits,
    nodeCommitMs: node.perCommitMs,
    nodeFlushMs: node.perFlushMs,
    rowMs: database.perCommitMs,
    flushMs: database.perFlushMs,
  };
}

function split(alone, crowded, key) {
  const perFlushMs = Math.max(
    0,
    (alone[key] / alone.commits - crowded[key] / crowded.commits) /
      (alone.flushes / alone.commits - crowded.flushes / crowded.commits),
  );
  return {
    perFlushMs,
    perCommitMs: Math.max(
      0,
      crowded[key] / crowded.commits - (perFlushMs * crowded.flushes) / crowded.commits,
    ),
  };
}

async function reading(nodes, postgresPid) {
  const metrics = await Promise.all(nodes.map((node) => node.metrics()));
  const sum = (name) => metrics.reduce((total, one) => total + (one.get(name) ?? 0), 0);
  const { user, system } = process.cpuUsage();
  const nodeMs = nodes.reduce((total, { child }) => total + processorMs(child.pid), 0);
  const treesMs = nodes.reduce((total, { child }) => total + treeMs(child.pid), 0);
  return {
    elapsedMs: performance.now(),
    idleMs: idleMs(),
    commits: sum(COMMITS),
    flushes: sum(FLUSHES),
    clientMs: (user + system) / 1000,
    nodeMs,
    hostMs: treesMs - nodeMs,
    databaseMs: treeMs(postgresPid),
  };
}

/** Of all processors, waiting for the disk included. */
function idleMs() {
  const [, , , , idle, waiting] = readFileSync("/proc/stat", "utf8").split(/\s+/).map(Number);
  return ((idle + waiting) * 1000) / TICKS;
}

function treeMs(pid) {
  return processTree(pid).reduce((sum, one) => sum + processorMs(one.pid), 0);
}

/** Of a process and all of its threads; 0 when it has ended. */
function processorMs(pid) {
  try {
    const [, fields] = /^\d+ \(.*\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8"));
    const [user, system] = fields.split(" ").slice(11, 13).map(Number);
    return ((user + system) * 1000) / TICKS;
  } catch {
    return 0;
  }
}

/** The PostgreSQL server that listens on a port: by its arguments, since a library starts it. */
export function postgresOn(port) {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const found = pids.find((pid) => {
    try {
      const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return args[0].endsWith("postgres") && args.includes("-D") && args[args.indexOf("-p") + 1] === port;
    } catch {
      return false;
    }
  });
  return Number(found);
}
