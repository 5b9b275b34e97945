import { setTimeout as delay } from "node:timers/promises";
import { CreateFunctionCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { afterEach, describe } from "vitest";
import { silentLogger } from "../kernel/logger.ts";
import { makeZip } from "../lambda/fixtures/zip.ts";
import { openNode, type StepwellNode } from "../node.ts";
import { sharedPostgresUrl } from "./postgres-server.ts";

let schemas = 0;
const opened: (() => Promise<void>)[] = [];

/** Opens whole nodes for a test, functions and all, in the machine's time; they are closed after it. */
export type OpenWholeNodes = () => Promise<WholeNodes>;
export type WholeNodes = ReturnType<typeof together>;

/** Describes the same behaviour of one node on SQLite, and of two on one PostgreSQL. */
export function onWholeNodes(behaviour: (open: OpenWholeNodes) => void): void {
  afterEach(async () => {
    for (const close of opened.splice(0).reverse()) await close();
  });
  const timeout = 60_000;
  describe("on SQLite", { timeout }, () => behaviour(async () => together([await start(":memory:")])));
  describe("with two nodes on one PostgreSQL", { timeout }, () =>
    behaviour(async () => {
      const url = await sharedPostgresUrl();
      const schema = `whole_${process.pid}_${++schemas}`;
      // One after the other: the first makes the schema.
      return together([await start(url, schema), await start(url, schema)]);
    }),
  );
}

interface Started {
  readonly node: StepwellNode;
  readonly url: string;
}

async function start(data: string, schema?: string): Promise<Started> {
  const node = await openNode({ data, log: silentLogger, ...(schema === undefined ? {} : { schema }) });
  opened.push(() => node.close(0));
  const { url } = await node.listen({ port: 0, host: "127.0.0.1" });
  return { node, url };
}

function together(started: readonly Started[]) {
  let asked = 0;
  return {
    urls: started.map(({ url }) => url),
    nodes: started.map(({ node }) => node),
    /** A client of AWS that talks to the nodes in turn. */
    client<C extends { send(...args: never[]): unknown; destroy(): void }>(
      Client: new (settings: ReturnType<typeof clientSettings>) => C,
    ): Pick<C, "send"> {
      const clients = started.map(({ url }) => new Client(clientSettings(url)));
      opened.push(async () => clients.forEach((client) => void client.destroy()));
      const send = (...args: never[]) => clients[asked++ % clients.length]!.send(...args);
      return { send } as Pick<C, "send">;
    },
  };
}

function clientSettings(endpoint: string) {
  return {
    endpoint,
    region: "us-east-1",
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
