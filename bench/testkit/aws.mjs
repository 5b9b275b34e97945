// One round of AWS's testing library, as one line of JSON.
import { withDurableExecution } from "@aws/durable-execution-sdk-js";
import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing";
import { expected, pauses, sequence, timed } from "./workflows.mjs";

const once = (handlerFunction, value) => async () =>
  expected((await new LocalDurableTestRunner({ handlerFunction }).run()).getResult(), value);

await LocalDurableTestRunner.setupTestEnvironment({ skipTime: true });
const hundred = await timed(once(sequence(withDurableExecution, 100), 100), 1);
const values = {
  "one step": await timed(once(sequence(withDurableExecution, 1), 1), 5),
  // A tenth of them, of ten times the time: a thousand take it 20 s.
  "steps of 1,000": { ms: hundred.ms * 10, processorMs: hundred.processorMs * 10 },
  "20 steps and waits": await timed(once(pauses(withDurableExecution, 20), 20), 1),
};
await LocalDurableTestRunner.teardownTestEnvironment();
console.log(JSON.stringify(values));
process.exit();
