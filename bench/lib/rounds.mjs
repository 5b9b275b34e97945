import { probeDisk } from "./probe.mjs";

/**
 * Measures a workload on all contenders in turn, round by round, with the disk probed before each measurement. The
 * order rotates, so that nobody always comes after the same other.
 * Returns one row per round, case and contender: `{ case, round, contender, probe, values }`.
 */
export async function measureRounds(workload, contenders, { rounds, seconds, folder, say, ...options }) {
  const rows = [];
  for (const contender of contenders) await workload.prepare(contender.running);
  for (const subject of workload.cases(options)) {
    for (let round = 0; round < rounds; round++) {
      for (const contender of rotated(contenders, round)) {
        const probe = probeDisk(folder);
        const values = await workload.measure(contender.running, subject, seconds);
        rows.push({ case: subject.title, round: round + 1, contender: contender.name, probe, values });
        say(progress(workload, subject, rows.at(-1), rounds));
      }
    }
  }
  return rows;
}

function rotated(list, by) {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

function progress(workload, subject, { round, contender, probe, values }, rounds) {
  const figures = subject.figures.map(({ key, title, digits }) => `${values[key].toFixed(digits)} ${title}`);
  const disk = `${Math.round(probe.perSecond)} fdatasync/s`;
  return `${workload.name} ${subject.title}, round ${round}/${rounds}, ${contender}: ${figures.join(", ")} (${disk})`;
}
