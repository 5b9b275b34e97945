import { table } from "../lib/table.mjs";

const FUNCTIONS_SHOWN = 15;

/** The profiles for people. */
export function profileText({ profiles }) {
  return profiles.map(contenderText).join("\n\n\n");
}

function contenderText({ label, alone, busy, processes }) {
  return [
    `W1 on ${label}`,
    "",
    countsText(alone),
    ...aloneText(alone),
    "",
    countsText(busy),
    "",
    `Self time at ${busy.concurrency} concurrent, from a profile:`,
    ...processes.flatMap(({ role, areas, functions }) => [
      "",
      areaTable(role, areas),
      "",
      functionTable(role, functions, areas),
    ]),
  ].join("\n");
}

function countsText({ concurrency, perSecond, p50Ms, probe, commitMs, perWorkflow }) {
  const { commits, serverCpuMs, hostCpuMs } = perWorkflow;
  return [
    `At ${concurrency} concurrent: ${perSecond.toFixed(0)} workflows/s, p50 ${p50Ms.toFixed(2)} ms, with a probe just before of ${Math.round(probe.perSecond)} fdatasync/s`,
    `  per workflow: ${commits.toFixed(2)} COMMITs of ${commitMs.toFixed(3)} ms (median)`,
    `  per workflow: ${serverCpuMs.toFixed(2)} ms of processor time in the server, ${hostCpuMs.toFixed(2)} ms in the host`,
  ].join("\n");
}

/** The arithmetic of one workflow, nothing of which overlaps. */
function aloneText({ p50Ms, commitMs, perWorkflow: { commits, serverCpuMs, hostCpuMs } }) {
  const diskMs = commits * commitMs;
  const rest = p50Ms - diskMs - serverCpuMs - hostCpuMs;
  return [
    `  ${p50Ms.toFixed(2)} ms = ${diskMs.toFixed(2)} COMMITs + ${serverCpuMs.toFixed(2)} server + ${hostCpuMs.toFixed(2)} host ` +
      `+ ${rest.toFixed(2)} client, waking threads, other programs (a COMMIT's own processor time counts twice)`,
  ];
}

function areaTable(role, areas) {
  const rows = areas.map((entry) => [entry.area, ...numbers(entry, areas)]);
  return table([role, "share", "us/step"], rows);
}

function functionTable(role, functions, areas) {
  const named = functions.filter(({ name }) => !name.startsWith("(")).slice(0, FUNCTIONS_SHOWN);
  const rows = named.map((entry) => [entry.name, ...numbers(entry, areas), entry.area]);
  return table([`${role}: functions`, "share", "us/step", "area"], rows);
}

function numbers({ us }, areas) {
  const total = areas.reduce((sum, area) => sum + area.us, 0);
  return [`${((100 * us) / total).toFixed(1)}%`, us.toFixed(1)];
}
