import { areaOf, IDLE, OUTSIDE, PROFILER } from "./areas.mjs";

/**
 * Self time in ms of one thread's V8 CPU profile, without the profiler's own: `idleMs`, and what it did otherwise as
 * `areas` of `{ area, ms }` and `functions` of `{ area, name, ms }`.
 */
export function selfTimes(profile) {
  const self = new Map();
  profile.samples.forEach((id, i) => {
    self.set(id, (self.get(id) ?? 0) + profile.timeDeltas[i] / 1000);
  });
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const areas = [];
  const functions = [];
  let idleMs = 0;
  const visit = (node, callerArea) => {
    const own = areaOf(node.callFrame, callerArea);
    const [area, ms] = [own ?? OUTSIDE, self.get(node.id) ?? 0];
    if (area === IDLE) idleMs += ms;
    else if (ms > 0 && area !== PROFILER) {
      areas.push({ area, ms });
      functions.push({ area, name: describe(node.callFrame), ms });
    }
    for (const child of node.children ?? []) visit(byId.get(child), own);
  };
  visit(profile.nodes[0], undefined);
  return { idleMs, areas: summed([areas]), functions: summed([functions]) };
}

/** The sums of what is of the same area and name, the most first. */
export function summed(lists) {
  const sums = new Map();
  for (const { ms, ...what } of lists.flat()) {
    const key = JSON.stringify(what);
    sums.set(key, { ...what, ms: (sums.get(key)?.ms ?? 0) + ms });
  }
  return [...sums.values()].sort((a, b) => b.ms - a.ms);
}

function describe({ functionName, url, lineNumber }) {
  const name = functionName || "(anonymous)";
  const file = url.replace(/^.*\/(node_modules|packages|bench)\//, "").replace(/\?.*$/, "");
  return url === "" ? name : `${name}  ${file}:${lineNumber + 1}`;
}
