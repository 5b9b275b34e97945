import { summary } from "./statistics.mjs";

const PEER = "restate";

/**
 * What the rounds of a workload come to: one figure per case, kind and contender, with the disk's speed in the same
 * rounds, and how many times as good as the peer it is (absent when the peer did not run).
 */
export function figuresOf(cases, contenders, rows) {
  return cases.flatMap((subject) =>
    subject.figures.flatMap((kind) => {
      const figures = contenders.map(({ name }) => {
        const own = rows.filter((row) => row.case === subject.title && row.contender === name);
        return {
          case: subject.title,
          figure: kind.title,
          digits: kind.digits,
          contender: name,
          value: summary(own.map((row) => row.values[kind.key])),
          probe: summary(own.map((row) => row.probe.perSecond)),
        };
      });
      const peer = figures.find(({ contender }) => contender === PEER)?.value.median;
      return figures.map((figure) =>
        peer === undefined ? figure : { ...figure, timesRestate: ratio(kind, figure.value.median, peer) },
      );
    }),
  );
}

function ratio({ better }, value, peer) {
  return better === "higher" ? value / peer : peer / value;
}
