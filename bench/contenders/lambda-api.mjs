import { setTimeout as sleep } from "node:timers/promises";
import { openClient } from "../lib/client.mjs";
import { forEach } from "../lib/load.mjs";

const LANES = 200;
/** One look may go through ten thousand executions, and what is measured needs the processor. */
const LOOK_MS = 50;
const PAGE = 1000;

/** What the bench asks of a Stepwell server, over AWS's HTTP API; `fn` is the function that runs the workloads. */
export async function openLambdaApi({ clientFolder, url, connections, fn }) {
  const client = await openClient(clientFolder, url, connections);
  const invocations = `/2015-03-31/functions/${fn}:$LATEST/invocations`;
  const executions = `/2025-12-01/functions/${fn}/durable-executions`;
  return {
    run: (input) => client.post(invocations, {}, JSON.stringify(input)),
    startAll: (inputs) =>
      forEach(inputs.length, LANES, (i) =>
        client.post(invocations, { "x-amz-invocation-type": "Event" }, JSON.stringify(inputs[i])),
      ),
    allEnded: () =>
      whenAllEnded({
        list: async (query) => JSON.parse(await client.get(`${executions}?${new URLSearchParams(query)}`)),
        get: async (arn) =>
          JSON.parse(await client.get(`/2025-12-01/durable-executions/${encodeURIComponent(arn)}`)),
      }),
    complete: (callbackId) =>
      client.post(
        `/2025-12-01/durable-execution-callbacks/${encodeURIComponent(callbackId)}/succeed`,
        {},
        '"yes"',
      ),
    close: () => client.close(),
  };
}

/**
 * Looks until no execution of the function runs. Resolves to how many have succeeded, and one's result. `list` and
 * `get` are ListDurableExecutionsByFunction and GetDurableExecution.
 */
export async function whenAllEnded({ list, get }) {
  const isRunning = async () =>
    (await list({ Statuses: "RUNNING", MaxItems: 1 })).DurableExecutions.length > 0;
  while (await isRunning()) await sleep(LOOK_MS);
  let succeeded = 0;
  let last;
  for (let page = {}; page; page = last.NextMarker && { Marker: last.NextMarker }) {
    last = await list({ Statuses: "SUCCEEDED", MaxItems: PAGE, ...page });
    succeeded += last.DurableExecutions.length;
  }
  const [one] = last.DurableExecutions;
  return { succeeded, result: one && (await get(one.DurableExecutionArn)).Result };
}
