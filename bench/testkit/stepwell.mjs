// One round of stepwell/testing, as one line of JSON.
import { withDurableExecution } from "@stepwell/durable";
import { explore, testDurable } from "stepwell/testing";
import { expected, pauses, sequence, timed } from "./workflows.mjs";

const once = (handler, value) => async () => expected(await testDurable(handler).start().result(), value);
const exploring = (steps) => async () => {
  const handler = sequence(withDurableExecution, steps);
  const { runs, commits } = await explore(testDurable(handler), (test) => test.start().result(), {
    seeds: 0,
  });
  expected(runs, 3 * commits);
};

const values = {
  "one step": await timed(once(sequence(withDurableExecution, 1), 1), 50),
  "steps of 1,000": await timed(once(sequence(withDurableExecution, 1000), 1000), 5),
  "20 steps and waits": await timed(once(pauses(withDurableExecution, 20), 20), 10),
  "every crash of 50 steps": await timed(exploring(50), 1),
};
console.log(JSON.stringify(values));
