import { spread, table } from "./table.mjs";

/** The figures for people. */
export function reportText({ machine, contenders = [], workloads = [], measures, settings }) {
  return [
    `${machine.cpu}, ${machine.memoryGib} GiB, ${machine.os}, Node.js ${machine.node}`,
    `Stepwell ${machine.commit}, ${machine.date}, load average before the run ${machine.load.toFixed(1)}`,
    ...contenders.map(({ name, label, settings }) => `  ${name}: ${label}; ${settings}`),
    ...workloads.flatMap((workload) => ["", ...workloadText(workload, settings)]),
    ...measures.flatMap((measure) => ["", ...measureText(measure)]),
  ].join("\n");
}

function workloadText({ name, title, figures }, { rounds, seconds }) {
  const rows = figures.map((figure) => [
    `${figure.case}, ${figure.figure}`,
    figure.contender,
    spread(figure.value, figure.digits),
    figure.timesRestate === undefined ? "" : `${figure.timesRestate.toFixed(2)}x`,
    spread(figure.probe, 0),
  ]);
  return [
    `${name}: ${title}`,
    `medians of ${rounds} interleaved rounds of ${seconds} s (least-most); a ratio above 1 is better than Restate`,
    "",
    table(["figure", "contender", "median", "to Restate", "disk, fdatasync/s"], rows),
  ];
}

function measureText({ title, value, unit, bar, probe, processes }) {
  const disk = probe ? `; disk ${spread(probe, 0)} fdatasync/s` : "";
  const verdict = value.median <= bar ? "met" : "missed";
  return [
    `${title}: median ${spread(value, 0)} ${unit} of ${value.rounds}; bar ${bar} ${unit}: ${verdict}${disk}`,
    ...(processes ?? []).map(
      ({ rssMib, pssMib, command }) =>
        `  ${pssMib.toFixed(0).padStart(4)} MiB (rss ${rssMib.toFixed(0)})  ${command}`,
    ),
  ];
}
