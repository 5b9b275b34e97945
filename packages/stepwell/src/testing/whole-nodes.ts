import { setTimeout as delay } from "node:timers/promises";
import { CreateFunctionCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, afterEach, beforeAll, describe } from "vitest";
import { silentLogger } from "../kernel/logger.ts";
import { makeZip } from "../lambda/fixtures/zip.ts";
import { openNode, type StepwellNode } from "../node.ts";
import { sharedPostgresUrl } from "./postgres-server.ts";

let schemas = 0;
const TIMEOUT_MS = 60_000;
/** Each test has one of its own: what is in a region is nobody else's. */
const REGIONS = ["us", "eu", "ap", "ca", "sa", "me", "af"].flatMap((continent) =>
  ["north", "east", "south"].map((side) => `${continent}-${side}-1`),
);

/** A region for a test on whole nodes, functions and all, in the machine's time. */
export type OpenWholeNodes = () => Promise<WholeNodes>;
export type WholeNodes = ReturnType<typeof together>;

interface Started {
  readonly node: StepwellNode;
  readonly url: string;
}

interface Destroyed {
  destroy(): void;
}

/** Describes the same behaviour of one node on SQLite, and of two on one PostgreSQL. The tests share the nodes. */
export function onWholeNodes(behaviour: (open: OpenWholeNodes) => void): void {
  for (const [title, start] of [
    ["on SQLite", startOnSqlite],
    ["with two nodes on one PostgreSQL", startOnPostgres],
  ] as const) {
    describe(title, { timeout: TIMEOUT_MS }, () => {
      let started: readonly Started[];
      let regions = 0;
      const clients: Destroyed[] = [];
      beforeAll(async () => {
        started = await start();
      }, TIMEOUT_MS);
      afterEach(() => clients.splice(0).forEach((client) => void client.destroy()));
      afterAll(() => Promise.all(started.map(({ node }) => node.close(0))), TIMEOUT_MS);
      behaviour(async () => together(started, REGIONS[regions++]!, clients));
    });
  }
}

async function startOnSqlite(): Promise<Started[]> {
  return [await start(":memory:")];
}

async function startOnPostgres(): Promise<Started[]> {
  const url = await sharedPostgresUrl();
  const schema = `whole_${process.pid}_${++schemas}`;
  // One after the other: the first makes the schema.
  return [await start(url, schema), await start(url, schema)];
}

async function start(data: string, schema?: string): Promise<Started> {
  const node = await openNode({ data, log: silentLogger, ...(schema === undefined ? {} : { schema }) });
  const { url } = await node.listen({ port: 0, host: "127.0.0.1" });
  return { node, url };
}

function together(started: readonly Started[], region: string, toDestroy: Destroyed[]) {
  let asked = 0;
  return {
    region,
    urls: started.map(({ url }) => url),
    /** A client of AWS that talks to the nodes in turn. */
    client<C extends { send(...args: never[]): unknown; destroy(): void }>(
      Client: new (settings: ReturnType<typeof clientSettings>) => C,
    ): Pick<C, "send"> {
      const clients = started.map(({ url }) => new Client(clientSettings(url, region)));
      toDestroy.push(...clients);
      const send = (...args: never[]) => clients[asked++ % clients.length]!.send(...args);
      return { send } as Pick<C, "send">;
    },
  };
}

function clientSettings(endpoint: string, region: string) {
  return {
    endpoint,
    region,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  };
}

/** Makes a function whose index.mjs is `code`. */
export async function createFunction(
  lambda: Pick<LambdaClient, "send">,
  FunctionName: string,
  code: string,
  more: object = {},
): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Role: "arn:aws:iam::000000000000:role/lambda",
      Timeout: 20,
      Code: { ZipFile: makeZip([{ name: "index.mjs", content: code }]) },
      ...more,
    }),
  );
}

/** Waits until something is there. */
export async function eventually<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await delay(20);
  }
}
