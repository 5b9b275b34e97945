import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { probeDisk } from "../lib/probe.mjs";
import { median } from "../lib/statistics.mjs";
import { openCollector } from "./collector.mjs";
import { selfTimes, summed } from "./self-times.mjs";

/** Where the time of the workloads goes in Stepwell's processes; contenders that are not Stepwell are left out. */
export async function profileContenders(workloads, contenders, options) {
  const profiles = [];
  for (const workload of workloads) {
    const taking = contenders.filter((one) => one.profiled && one.workloads.includes(workload.name));
    for (const { subject, contender } of workload.cases.flatMap((subject) =>
      taking.map((contender) => ({ subject, contender })),
    )) {
      const folder = join(options.folder, `profile-${profiles.length}`);
      mkdirSync(folder);
      const round = { workload, subject, contender, options: { ...options, folder } };
      const { unit, name, title } = workload;
      profiles.push({
        ...{ workload: name, title, case: subject.title, unit, contender: contender.name },
        label: contender.label,
        ...(await measureWith(round, "counts", counts)),
        processes: await measureWith(round, "profiles", areas),
      });
    }
  }
  return { profiles };
}

/** One round on a server of its own, whose threads have the agent in them. */
async function measureWith({ workload, subject, contender, options }, what, act) {
  const folder = join(options.folder, what);
  mkdirSync(folder);
  // A server that is killed and started again during the round is profiled from its start.
  const profilesAtOnce = what === "profiles" && workload.fresh === true;
  const collector = await openCollector(join(folder, "socket"), { profilesAtOnce });
  const env = { NODE_OPTIONS: collector.nodeOptions };
  const running = await contender.start({ ...options, folder: join(folder, "server"), env });
  const measure = async () => ({
    ...(await workload.measure(running, subject, { ...options, folder })),
    serverPid: running.pids()[0],
  });
  try {
    await workload.prepare?.(running);
    return await act({ workload, subject, collector, measure, folder, profilesAtOnce });
  } finally {
    await running.stop();
    collector.close();
  }
}

/** What the processes do for one workflow, without the profiler: commits, and processor time. */
async function counts({ subject, collector, measure, folder }) {
  const probe = probeDisk(folder);
  await collector.ask("startCounting");
  const { workflows, serverPid, ...values } = await measure();
  const threads = await collector.ask("stopCounting");
  const commitsMs = threads.flatMap((thread) => thread.commitsMs);
  // Each thread counts for its whole process, so the last word of each process is enough.
  const cpuMs = new Map(threads.map((thread) => [thread.pid, thread.cpuMs]));
  const allCpuMs = [...cpuMs.values()].reduce((sum, ms) => sum + ms, 0);
  return {
    figures: subject.figures.map(({ key, title, digits }) => ({ title, digits, value: values[key] })),
    /** Where workflows follow each other, the latency of one. */
    latencyMs: subject.sequential ? values.p50Ms : undefined,
    probe,
    commitMs: median(commitsMs),
    perWorkflow: {
      commits: commitsMs.length / workflows,
      serverCpuMs: cpuMs.get(serverPid) / workflows,
      hostCpuMs: (allCpuMs - cpuMs.get(serverPid)) / workflows,
    },
  };
}

/** The self time of server and host by area and by function, in us per unit, and how busy their threads were. */
async function areas({ workload, collector, measure, profilesAtOnce }) {
  if (!profilesAtOnce) await collector.ask("startProfile");
  const { workflows, serverPid } = await measure();
  const threads = (await collector.ask("stopProfile"))
    .filter(({ profile }) => profile)
    .map(({ pid, profile }) => ({ pid, ...selfTimes(profile) }));
  const units = workflows * workload.unit.perWorkflow;
  const perUnit = (lists) => summed(lists).map(({ ms, ...what }) => ({ ...what, us: (1000 * ms) / units }));
  const processOf = (role, own) => ({
    role,
    busyShares: own.map(busyShare).sort((a, b) => b - a),
    areas: perUnit(own.map((thread) => thread.areas)),
    functions: perUnit(own.map(({ functions }) => functions)),
  });
  const isServer = ({ pid }) => pid === serverPid;
  return [
    processOf("server", threads.filter(isServer)),
    processOf(
      "host",
      threads.filter((thread) => !isServer(thread)),
    ),
  ].filter(({ busyShares }) => busyShares.length > 0);
}

function busyShare({ idleMs, areas }) {
  const busyMs = areas.reduce((sum, { ms }) => sum + ms, 0);
  return busyMs / (busyMs + idleMs);
}
