import { table } from "../lib/table.mjs";

const FUNCTIONS_SHOWN = 15;

/** The profiles for people. */
export function profileText({ profiles }) {
  return profiles
    .map(({ label, figures }) => [`W1 on ${label}`, ...figures.map(concurrencyText)].join("\n\n"))
    .join("\n\n\n");
}

function concurrencyText(figures) {
  return [
    countsText(figures),
    ...(figures.concurrency === 1 ? [aloneText(figures)] : []),
    ...figures.processes.flatMap(({ role, busyShares, areas, functions }) => [
      "",
      `${role}: its threads were busy for ${busyShares.map(percent).join(", ")} of the time`,
      areaTable(role, areas),
      "",
      functionTable(role, functions, areas),
    ]),
  ].join("\n");
}

function countsText({ concurrency, perSecond, p50Ms, probe, commitMs, perWorkflow }) {
  const { commits, serverCpuMs, hostCpuMs } = perWorkflow;
  return [
    `${concurrency} concurrent: ${perSecond.toFixed(0)} workflows/s, p50 ${p50Ms.toFixed(2)} ms; disk just before ${Math.round(probe.perSecond)} fdatasync/s`,
    `  a workflow takes ${commits.toFixed(2)} COMMITs of ${commitMs.toFixed(3)} ms (median) and processor time of ` +
      `${serverCpuMs.toFixed(2)} ms in the server, ${hostCpuMs.toFixed(2)} ms in the host`,
  ].join("\n");
}

/** The arithmetic of one workflow, of which nothing overlaps. */
function aloneText({ p50Ms, commitMs, perWorkflow: { commits } }) {
  const diskMs = commits * commitMs;
  return (
    `  ${p50Ms.toFixed(2)} ms = ${commits.toFixed(0)} x ${commitMs.toFixed(3)} = ${diskMs.toFixed(2)} ms of COMMITs ` +
    `+ ${(p50Ms - diskMs).toFixed(2)} ms of everything else (processor, waking threads, client)`
  );
}

function areaTable(role, areas) {
  const rows = areas.map((entry) => [entry.area, ...numbers(entry, areas)]);
  return table([`${role}: self time`, "share", "us/step"], rows);
}

function functionTable(role, functions, areas) {
  const named = functions.filter(({ name }) => !name.startsWith("(")).slice(0, FUNCTIONS_SHOWN);
  const rows = named.map((entry) => [entry.name, ...numbers(entry, areas), entry.area]);
  return table([`${role}: functions`, "share", "us/step", "area"], rows);
}

function numbers({ us }, areas) {
  const total = areas.reduce((sum, area) => sum + area.us, 0);
  return [percent(us / total), us.toFixed(1)];
}

function percent(share) {
  return `${(100 * share).toFixed(1)}%`;
}
