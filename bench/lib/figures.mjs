import { judged } from "./bars.mjs";
import { summary } from "./statistics.mjs";

/** The first of them that takes part is what the others are compared with. */
const PEERS = ["restate", "dbos"];

/**
 * What the rounds of a workload come to: one figure per case, kind and contender, with the disk's speed in the same
 * rounds, how many times as good as the peer it is (absent when the peer did not run), and the bar, if it has one.
 */
export function figuresOf(cases, contenders, rows) {
  return cases.flatMap((subject) => {
    const taking = contenders.map(({ name, host }) => ({
      contender: name,
      host,
      own: rows.filter((row) => row.case === subject.title && row.contender === name),
    }));
    return subject.figures.flatMap((kind) =>
      figuresOfKind(
        subject,
        kind,
        taking.filter(({ own }) => own.length > 0),
      ),
    );
  });
}

function figuresOfKind(subject, kind, taking) {
  const summaryOf = (own) => summary(own.map((row) => row.values[kind.key]));
  const peer = PEERS.map((name) => taking.find(({ contender }) => contender === name)).find(Boolean);
  const peerMedian = peer && summaryOf(peer.own).median;
  return taking.map(({ contender, host, own }) => {
    const value = summaryOf(own);
    // Nothing is compared with a count of nothing.
    const compared = peerMedian !== undefined && kind.better !== undefined;
    const timesPeer = compared ? ratio(kind, value.median, peerMedian) : undefined;
    const bar = kind.bars?.[contender];
    const left = own.map((row) => row.values.leftMemory).filter((known) => known !== undefined);
    return {
      case: subject.title,
      figure: kind.title,
      contender,
      host,
      concurrency: subject.concurrency,
      value,
      digits: kind.digits,
      peer: peer?.contender,
      timesPeer,
      bar: bar && judged(bar, { value, peer: peer?.contender, timesPeer }),
      probe: summary(own.map((row) => row.probe.perSecond)),
      leftMemory: left.length > 0 && left.every(Boolean),
    };
  });
}

function ratio({ better }, value, peer) {
  return better === "higher" ? value / peer : peer / value;
}
