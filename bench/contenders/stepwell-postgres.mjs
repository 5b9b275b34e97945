import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundle } from "../../packages/stepwell/dist/app/bundle.js";
import { openClient } from "../lib/client.mjs";
import { usePostgres } from "../lib/postgres.mjs";
import { freePort, stopProcess } from "../lib/processes.mjs";
import { versioned } from "../lib/versions.mjs";
import { openLambdaApi } from "./lambda-api.mjs";
import { STEPWELL, startStepwell, WORKLOADS_APP } from "./stepwell-process.mjs";

const FUNCTION = "durable";

/** `stepwell start`, one node on the PostgreSQL server that the peer uses too. */
export const stepwellPostgres = {
  name: "stepwell-postgres",
  workloads: ["W1"],
  label: `${versioned("stepwell")} with ${versioned("@stepwell/durable")}, one node on PostgreSQL`,
  host: "worker threads of a child process (the default host)",
  profiled: true,

  async start({ folder, clientFolder, connections, functionConcurrency, env }) {
    const postgres = await usePostgres();
    const args = [STEPWELL, "start", "--store", postgres.url, "--port", String(await freePort())];
    const server = await startStepwell(args, { folder, env: env ?? {} });
    await createFunction({ folder, clientFolder, url: server.url, functionConcurrency });
    const { close, ...api } = await openLambdaApi({
      clientFolder,
      url: server.url,
      connections,
      fn: FUNCTION,
    });
    return {
      ...api,
      pids: () => [server.child.pid],
      settings: () => `function concurrency ${functionConcurrency}, fsync and synchronous_commit on`,
      async stop() {
        await close();
        await stopProcess(server.child);
        await postgres.release();
      },
    };
  },
};

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
