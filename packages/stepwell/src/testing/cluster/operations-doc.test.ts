import { readFile } from "node:fs/promises";
import { CreateFunctionCommand, InvokeCommand } from "@aws-sdk/client-lambda";
import { expect, test } from "vitest";
import { silentLogger } from "../../kernel/logger.ts";
import { functionInput } from "../../lambda/fixtures/lambda-node.ts";
import { openNode } from "../../node.ts";
import { sharedPostgresUrl } from "../postgres-server.ts";
import { startNode } from "./node-process.ts";

const page = await readFile(new URL("../../../../../docs/operations.md", import.meta.url), "utf8");

test("the documented cluster of three commands runs functions at one node that were created at the other", async () => {
  const [, commands] = /```sh\n(docker run [\s\S]*?)```/.exec(page)!;
  const starts = commands!.split("\n").filter((line) => line.startsWith("npx stepwell start "));
  expect(starts).toHaveLength(2);
  const url = await sharedPostgresUrl();
  // As documented but for where the database is, and with free ports: the tests' own options come first and yield.
  const nodes = await Promise.all(
    starts.map((line) => {
      const words = line.split(" ").slice(3);
      const own = words.map((word, i) =>
        words[i - 1] === "--store" ? url : words[i - 1] === "--port" ? "0" : word,
      );
      return startNode(url, "documented", ...own);
    }),
  );
  try {
    const [a, b] = nodes;
    await a!.client.send(new CreateFunctionCommand(functionInput("greet") as never));
    const { Payload } = await b!.client.send(
      new InvokeCommand({ FunctionName: "greet", Payload: '"hello"' }),
    );
    expect(Buffer.from(Payload!).toString()).toBe('"hello"');
  } finally {
    for (const { child } of nodes) child.kill("SIGTERM");
    expect(await Promise.all(nodes.map(({ gone }) => gone))).toEqual([0, 0]);
  }
}, 240_000);

test("the documented metrics are those that there are", async () => {
  const node = await openNode({ data: await sharedPostgresUrl(), schema: "documented", log: silentLogger });
  try {
    const { body } = await node.handle({
      ...{ method: "GET", rawPath: "/metrics", rawQuery: "", headers: {}, body: Buffer.alloc(0) },
      signal: new AbortController().signal,
    });
    const told = [...String(body).matchAll(/^# HELP (\w+)/gm)].map(([, name]) => name);
    const rows = page.slice(page.indexOf("## Metrics"), page.indexOf("## Limits")).split("\n");
    const documented = rows
      .filter((row) => row.startsWith("| `"))
      .flatMap((row) => [...row.split("|")[1]!.matchAll(/`(\w+)`/g)].map(([, name]) => name));
    expect(documented.sort()).toEqual(told.sort());
  } finally {
    await node.close(0);
  }
}, 240_000);
