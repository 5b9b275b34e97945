import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { drive } from "../lib/load.mjs";
import { probeDisk } from "../lib/probe.mjs";
import { median, percentile } from "../lib/statistics.mjs";
import { w1 } from "../workloads/w1.mjs";
import { openCollector } from "./collector.mjs";
import { selfTimes, summed } from "./self-times.mjs";

const CONCURRENCIES = [1, 50];

/** Where the time of W1 goes in Stepwell's processes; contenders that are not Stepwell are left out. */
export async function profileContenders(contenders, options) {
  const profiles = [];
  for (const contender of contenders.filter(({ profiled }) => profiled)) {
    profiles.push({
      contender: contender.name,
      label: contender.label,
      ...(await profile(contender, options)),
    });
  }
  return { profiles };
}

async function profile(contender, options) {
  const folder = join(options.folder, `profile-${contender.name}`);
  mkdirSync(folder);
  const collector = await openCollector(join(options.folder, `${contender.name}.sock`));
  const env = { NODE_OPTIONS: collector.nodeOptions };
  const running = await contender.start({ ...options, folder: join(folder, "contender"), env });
  try {
    const subject = { collector, call: () => running.run("w1"), serverPid: running.pids[0], ...options };
    await w1.prepare(running);
    const figures = [];
    for (const concurrency of CONCURRENCIES) {
      const counts = await count(subject, concurrency);
      figures.push({ concurrency, ...counts, processes: await timeAreas(subject, concurrency) });
    }
    return { figures };
  } finally {
    await running.stop();
    collector.close();
  }
}

/** What the processes do for one workflow, without the profiler: commits, and processor time. */
async function count({ collector, call, serverPid, seconds, folder }, concurrency) {
  const probe = probeDisk(folder);
  await collector.ask("startCounting");
  const { perSecond, latenciesMs } = await drive(concurrency, seconds, call);
  const threads = await collector.ask("stopCounting");
  const workflows = latenciesMs.length;
  const commitsMs = threads.flatMap((thread) => thread.commitsMs);
  // Each thread counts for its whole process, so the last word of each process is enough.
  const cpuMs = new Map(threads.map((thread) => [thread.pid, thread.cpuMs]));
  const allCpuMs = [...cpuMs.values()].reduce((sum, ms) => sum + ms, 0);
  return {
    perSecond,
    p50Ms: percentile(latenciesMs, 0.5),
    probe,
    commitMs: median(commitsMs),
    perWorkflow: {
      commits: commitsMs.length / workflows,
      serverCpuMs: cpuMs.get(serverPid) / workflows,
      hostCpuMs: (allCpuMs - cpuMs.get(serverPid)) / workflows,
    },
  };
}

/** The self time of server and host by area and by function, in us per step, and how busy their threads were. */
async function timeAreas({ collector, call, serverPid, seconds }, concurrency) {
  await collector.ask("startProfile");
  const { latenciesMs } = await drive(concurrency, seconds, call);
  const threads = (await collector.ask("stopProfile"))
    .filter(({ profile }) => profile)
    .map(({ pid, profile }) => ({ pid, ...selfTimes(profile) }));
  const steps = latenciesMs.length * w1.steps;
  const perStep = (lists) => summed(lists).map(({ ms, ...what }) => ({ ...what, us: (1000 * ms) / steps }));
  const processOf = (role, own) => ({
    role,
    busyShares: own.map(busyShare).sort((a, b) => b - a),
    areas: perStep(own.map(({ areas }) => areas)),
    functions: perStep(own.map(({ functions }) => functions)),
  });
  const isServer = ({ pid }) => pid === serverPid;
  return [
    processOf("server", threads.filter(isServer)),
    processOf(
      "host",
      threads.filter((thread) => !isServer(thread)),
    ),
  ];
}

function busyShare({ idleMs, areas }) {
  const busyMs = areas.reduce((sum, { ms }) => sum + ms, 0);
  return busyMs / (busyMs + idleMs);
}
