// What a figure has to reach. `met` judges `{ value, peer, timesPeer }`; undefined when there is nothing to judge by.

/** At least so many times as good as Restate in the same run. */
export function timesRestate(times, text = `>= ${times}x Restate`) {
  return timesPeer("restate", times, text);
}

/** At least so many times as good as DBOS in the same run. */
export function timesDbos(times) {
  return timesPeer("dbos", times, `>= ${times}x DBOS`);
}

function timesPeer(name, times, text) {
  return {
    text,
    met: ({ peer, timesPeer: reached }) =>
      peer !== name || reached === undefined ? undefined : reached >= times,
  };
}

export function atLeast(limit, unit) {
  return { text: `>= ${limit} ${unit}`, met: ({ value }) => value.median >= limit };
}

export function atMost(limit, unit) {
  return { text: `<= ${limit} ${unit}`, met: ({ value }) => value.median <= limit };
}

export function never() {
  return { text: "0 in every round", met: ({ value }) => value.max === 0 };
}

/** A bar beside what it judges: its text, and whether it is met. */
export function judged({ text, met }, figure) {
  return { text, met: met(figure) };
}
