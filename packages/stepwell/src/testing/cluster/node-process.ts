import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { LambdaClient } from "@aws-sdk/client-lambda";

const BIN = fileURLToPath(new URL("../../../bin/stepwell.js", import.meta.url));

/** The tests' lease in seconds: long enough for a busy machine to renew it, short enough to wait for its end. */
const LEASE_SECONDS = 5;

/** A real `stepwell start` process. */
export interface NodeProcess {
  readonly child: ChildProcess;
  readonly client: LambdaClient;
  /** What it has logged so far. */
  readonly log: () => string;
  /** Resolves to its exit code when the process is gone, or to null when a signal ended it. */
  readonly gone: Promise<number | null>;
}

/** Starts a node on any free port; resolves when it is ready. Rejects with what it said when it ends before that. */
export function startNode(
  store: string,
  schema: string,
  ...options: readonly string[]
): Promise<NodeProcess> {
  return spawnNode(BIN, {}, store, schema, ...options);
}

/** As `startNode`, of another build: `bin` is its `stepwell.js`. */
export function startNodeOf(bin: string, store: string, schema: string): Promise<NodeProcess> {
  return spawnNode(bin, {}, store, schema);
}

/** As `startNode`, on a machine whose clock is off by so much. */
export function startNodeOff(byMs: number, store: string, schema: string): Promise<NodeProcess> {
  const shift = `const now = Date.now; Date.now = () => now() + ${byMs};`;
  return spawnNode(
    BIN,
    { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(shift)}` },
    store,
    schema,
  );
}

async function spawnNode(
  bin: string,
  more: NodeJS.ProcessEnv,
  store: string,
  schema: string,
  ...options: readonly string[]
): Promise<NodeProcess> {
  const { STEPWELL_STORE: _, ...inherited } = process.env;
  const env = { ...inherited, ...more };
  const args = ["start", "--store", store, "--schema", schema, "--port", "0", "--lease", `${LEASE_SECONDS}`];
  const child = spawn(process.execPath, [bin, ...args, ...options], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  const gone = once(child, "exit").then(([code]) => code as number | null);
  const ready = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const match = /^ready (\S+?),? /.exec(line);
      if (match) resolve(match[1]!);
    });
  });
  const endpoint = await Promise.race([ready, gone.then(() => undefined)]);
  if (endpoint === undefined) throw new Error(log);
  const client = new LambdaClient({
    ...{ endpoint, region: "us-east-1", maxAttempts: 1 },
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  return { child, client, gone, log: () => log };
}
