import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundle } from "../../packages/stepwell/dist/app/bundle.js";
import { openLambdaApi } from "../contenders/lambda-api.mjs";
import { STEPWELL, startStepwell, WORKLOADS_APP } from "../contenders/stepwell-process.mjs";
import { openClient } from "./client.mjs";
import { usePostgres } from "./postgres.mjs";
import { freePort, stopProcess } from "./processes.mjs";

const FUNCTION = "durable";
let schemas = 0;

/**
 * Starts so many nodes, `stepwell start`, on the run's PostgreSQL server, in a schema that is theirs. A node has its
 * `child`, its `api` (see contenders/lambda-api.mjs) and `metrics()`, its counters by name and labels.
 */
export async function startCluster(
  { folder, clientFolder, connections, functionConcurrency },
  count,
  env = {},
) {
  const postgres = await usePostgres();
  const schema = `bench_${++schemas}`;
  const nodes = [];
  const stop = async () => {
    for (const { api, child } of nodes) {
      await api.close();
      await stopProcess(child);
    }
    await postgres.release();
  };
  for (let i = 0; i < count; i++) {
    const port = String(await freePort());
    const args = [STEPWELL, "start", "--store", postgres.url, "--schema", schema, "--port", port];
    const { child, url } = await startStepwell(args, { folder: join(folder, `node-${i}`), env });
    if (i === 0) await createFunction({ folder, clientFolder, url, functionConcurrency });
    const api = await openLambdaApi({ clientFolder, url, connections, fn: FUNCTION });
    nodes.push({ child, api, metrics: () => readMetrics(url) });
  }
  return { nodes, stop };
}

async function readMetrics(url) {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(" ");
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

async function createFunction({ folder, clientFolder, url, functionConcurrency }) {
  const code = join(folder, "code");
  mkdirSync(code);
  const outfile = join(code, "durable.mjs");
  const made = await bundle(WORKLOADS_APP, "src/durable.ts", { outfile, external: ["@stepwell/durable"] });
  writeFileSync(outfile, made.code);
  const client = await openClient(clientFolder, url, 1);
  await client.post(
    "/2015-03-31/functions",
    {},
    JSON.stringify({
      ...{ FunctionName: FUNCTION, Runtime: "nodejs22.x", Role: "arn:aws:iam::000000000000:role/bench" },
      ...{ Handler: "durable.handler", Timeout: 60, MemorySize: 1024 },
      Code: { S3Bucket: "hot-reload", S3Key: code },
      DurableConfig: { ExecutionTimeout: 900, RetentionPeriodInDays: 1 },
      CapacityProviderConfig: {
        LambdaManagedInstancesCapacityProviderConfig: {
          CapacityProviderArn: "arn:aws:lambda:us-east-1:000000000000:capacity-provider:bench",
          PerExecutionEnvironmentMaxConcurrency: functionConcurrency,
        },
      },
    }),
  );
  await client.close();
}
