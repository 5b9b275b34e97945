import { spread, table } from "./table.mjs";

/** The figures for people. */
export function reportText({ machine, contenders, leftOut, workloads, measures, settings }) {
  return [
    `${machine.cpu}, ${machine.memoryGib} GiB, ${machine.os}, Node.js ${machine.node}`,
    `Stepwell ${machine.commit}, ${machine.date}, load average before the run ${machine.load.toFixed(1)}`,
    ...contenders.map(
      ({ name, label, host, settings }) => `  ${name}: ${label}; ${settings}; handlers in ${host}`,
    ),
    ...leftOut.map(({ name, reason }) => `  ${name} is left out: ${reason}`),
    ...workloads.flatMap((workload) => ["", ...workloadText(workload, settings)]),
    ...measures.flatMap((measure) => ["", ...measureText(measure)]),
  ].join("\n");
}

function workloadText({ name, title, figures }, { rounds, seconds }) {
  const rows = figures.map((figure) => [
    `${figure.case}, ${figure.figure}`,
    figure.contender + (figure.leftMemory ? ", had left memory" : ""),
    spread(figure.value, figure.digits),
    figure.timesPeer === undefined ? "" : `${figure.timesPeer.toFixed(2)}x`,
    figure.bar === undefined ? "" : verdict(figure.bar),
    spread(figure.probe, 0),
  ]);
  const peer = figures.find((figure) => figure.peer)?.peer ?? "no peer";
  const header = ["figure", "contender", "median", `to ${peer}`, "bar", "disk, fdatasync/s"];
  return [
    `${name}: ${title}`,
    `medians of ${rounds} interleaved rounds (least-most), ${seconds} s each unless they end by themselves; ` +
      `a ratio above 1 is better than ${peer}`,
    "",
    table(header, rows),
  ];
}

function measureText({ title, figures, value, unit, digits = 0, bar, probe, processes }) {
  if (figures) return [title, "", figuresTable(figures)];
  const disk = probe ? `; disk ${spread(probe, 0)} fdatasync/s` : "";
  return [
    `${title}: median ${spread(value, digits)} ${unit} of ${value.rounds}; ${verdict(bar)}${disk}`,
    ...(processes ?? []).map(
      ({ rssMib, pssMib, command }) =>
        `  ${pssMib.toFixed(0).padStart(4)} MiB (rss ${rssMib.toFixed(0)})  ${command}`,
    ),
  ];
}

/** Of a measure that has its own peer. */
function figuresTable(figures) {
  const rows = figures.map(({ title, value, unit, digits, processorMs, peer, timesPeer, bar }) => [
    title,
    `${spread(value, digits)} ${unit}`,
    spread(processorMs, digits),
    peer ? spread(peer, digits) : "",
    timesPeer === undefined ? "" : `${timesPeer.toFixed(0)}x`,
    bar === undefined ? "" : verdict(bar),
  ]);
  return table(["workflow", "stepwell/testing", "processor, ms", "AWS's runner", "to AWS's", "bar"], rows);
}

function verdict({ text, met }) {
  if (met === undefined) return `${text}: not judged`;
  return `${text}: ${met ? "met" : "missed"}`;
}
