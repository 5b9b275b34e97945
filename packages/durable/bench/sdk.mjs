// Compares this SDK with AWS's on the same in-memory service: `node packages/durable/bench/sdk.mjs [runs]`.
// The service answers at once and does no more than an SDK needs, so that what is measured is the SDK.
import * as aws from "@aws/durable-execution-sdk-js";
import * as ours from "@stepwell/durable";

const RUNS = Number(process.argv[2] ?? 5);
const PORT = Symbol.for("stepwell.durable.port");

/** Keeps what an SDK asks to keep. Steps and contexts only: nothing here waits. */
class MemoryService {
  #token = 0;
  checkpoint = async ({ Updates }) => {
    const Operations = [];
    for (const { Id, Type, Action, Payload } of Updates) {
      if (Action === "START") continue;
      Operations.push({
        Id,
        Type,
        Status: "SUCCEEDED",
        StartTimestamp: 0,
        StepDetails: { Attempt: 1, Result: Payload },
      });
    }
    return { CheckpointToken: `${++this.#token}`, NewExecutionState: { Operations } };
  };
  getState = async () => ({ Operations: [] });
}

class DurableExecutionInvocationInputWithClient {
  constructor(service, withPort) {
    const input = {
      Id: "0",
      Type: "EXECUTION",
      Status: "STARTED",
      StartTimestamp: new Date(0),
      ExecutionDetails: {},
    };
    this.DurableExecutionArn = "arn:aws:lambda:us-east-1:0:function:f:1/durable-execution/n/i";
    this.CheckpointToken = "0";
    this.InitialExecutionState = { Operations: [input] };
    const client = { checkpoint: service.checkpoint, getExecutionState: service.getState };
    Object.defineProperty(this, "durableExecutionClient", { value: client, enumerable: true });
    if (withPort) Object.defineProperty(this, PORT, { value: service });
  }
  get [Symbol.toStringTag]() {
    return "DurableExecutionInvocationInputWithClient";
  }
}

const workloads = {
  "1,000 sequential steps": async (_event, context) => {
    for (let i = 0; i < 1000; i++) await context.step("s", async () => ({ i }));
  },
  "a map of 100, one step each": async (_event, context) => {
    const items = Array.from({ length: 100 }, (_, i) => i);
    await context.map("m", items, (child, item) => child.step("s", async () => ({ item })));
  },
};

/** Steps per second, over executions one after the other. */
async function perSecond(sdk, handler, withPort, steps) {
  const durable = sdk.withDurableExecution(handler);
  const context = { awsRequestId: "r", getRemainingTimeInMillis: () => 900_000 };
  const executions = 10_000 / steps;
  const started = performance.now();
  for (let i = 0; i < executions; i++) {
    const output = await durable(
      new DurableExecutionInvocationInputWithClient(new MemoryService(), withPort),
      context,
    );
    if (output.Status !== "SUCCEEDED") throw new Error(JSON.stringify(output));
  }
  return (10_000 / (performance.now() - started)) * 1000;
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

for (const [name, handler] of Object.entries(workloads)) {
  const steps = name.startsWith("a map") ? 100 : 1000;
  const rates = { port: [], client: [], aws: [] };
  for (let run = 0; run <= RUNS; run++) {
    // The first run warms up. The order within a run gives no one the warmer machine every time.
    const port = await perSecond(ours, handler, true, steps);
    const client = await perSecond(ours, handler, false, steps);
    const peer = await perSecond(aws, handler, false, steps);
    if (run === 0) continue;
    rates.port.push(port);
    rates.client.push(client);
    rates.aws.push(peer);
  }
  const peer = median(rates.aws);
  const line = (rate) => `${Math.round(rate).toLocaleString("en")}/s`;
  console.log(`${name}: AWS's SDK ${line(peer)}`);
  for (const way of ["port", "client"]) {
    const rate = median(rates[way]);
    console.log(`  ours over a ${way}: ${line(rate)}, ratio ${(rate / peer).toFixed(2)}`);
  }
}
