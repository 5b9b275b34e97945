import { table } from "../lib/table.mjs";

const FUNCTIONS_SHOWN = 15;

/** The profiles for people. */
export function profileText({ profiles }) {
  return profiles.map(caseText).join("\n\n\n");
}

function caseText({ processes, unit, ...counts }) {
  return [
    `${counts.workload}, ${counts.case}, on ${counts.contender}: ${counts.label}`,
    countsText(counts),
    ...(counts.latencyMs === undefined ? [] : [latencyText(counts)]),
    ...processes.flatMap(({ role, busyShares, areas, functions }) => [
      "",
      `${role}: its threads were busy for ${busyShares.map(percent).join(", ")} of the time`,
      areaTable(role, areas, unit),
      "",
      functionTable(role, functions, areas, unit),
    ]),
  ].join("\n");
}

function countsText({ figures, probe, commitMs, perWorkflow }) {
  const { commits, serverCpuMs, hostCpuMs } = perWorkflow;
  const values = figures.map(({ title, digits, value }) => `${value.toFixed(digits)} ${title}`);
  return [
    `  ${values.join(", ")}; disk just before ${Math.round(probe.perSecond)} fdatasync/s`,
    `  a workflow takes ${commits.toFixed(2)} COMMITs of ${commitMs.toFixed(3)} ms (median) and processor time of ` +
      `${serverCpuMs.toFixed(2)} ms in the server, ${hostCpuMs.toFixed(2)} ms in the host`,
  ].join("\n");
}

/** The arithmetic of one workflow, of which nothing overlaps. */
function latencyText({ latencyMs, commitMs, perWorkflow: { commits } }) {
  const diskMs = commits * commitMs;
  return (
    `  ${latencyMs.toFixed(2)} ms = ${commits.toFixed(0)} x ${commitMs.toFixed(3)} = ${diskMs.toFixed(2)} ms of COMMITs ` +
    `+ ${(latencyMs - diskMs).toFixed(2)} ms of everything else (processor, waking threads, client)`
  );
}

function areaTable(role, areas, unit) {
  const rows = areas.map((entry) => [entry.area, ...numbers(entry, areas)]);
  return table([`${role}: self time`, "share", `us/${unit.name}`], rows);
}

function functionTable(role, functions, areas, unit) {
  const named = functions.filter(({ name }) => !name.startsWith("(")).slice(0, FUNCTIONS_SHOWN);
  const rows = named.map((entry) => [entry.name, ...numbers(entry, areas), entry.area]);
  return table([`${role}: functions`, "share", `us/${unit.name}`, "area"], rows);
}

function numbers({ us }, areas) {
  const total = areas.reduce((sum, area) => sum + area.us, 0);
  return [percent(us / total), us.toFixed(1)];
}

function percent(share) {
  return `${(100 * share).toFixed(1)}%`;
}
