import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { probeDisk } from "./probe.mjs";

/**
 * Measures a workload on all entrants in turn, round by round, with the disk probed before each measurement. The
 * order rotates, so that nobody always comes after the same other. An entrant is a contender and how to `use` it.
 * Returns one row per round, case and contender: `{ case, round, contender, probe, values }`.
 */
export async function measureRounds(workload, entrants, { rounds, seconds, folder, say }) {
  const rows = [];
  for (const subject of workload.cases) {
    for (let round = 1; round <= rounds; round++) {
      for (const { name, use } of rotated(entrants, round)) {
        const own = join(folder, `${workload.name}-${rows.length}`);
        mkdirSync(own);
        const { probe, values } = await use(own, async (running) => {
          const probe = probeDisk(own);
          return { probe, values: await workload.measure(running, subject, { seconds, folder: own }) };
        });
        rmSync(own, { recursive: true });
        rows.push({ case: subject.title, round, contender: name, probe, values });
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
