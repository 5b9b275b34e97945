import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { InvokeCommand, PutFunctionConcurrencyCommand } from "@aws-sdk/client-lambda";
import { expect, test } from "vitest";
import { sharedPostgresUrl } from "../postgres-server.ts";
import { createNoting } from "./cluster.ts";
import { startNode } from "./node-process.ts";

test("the place of an invocation whose node is killed is free for others when its lease is over", async () => {
  const url = await sharedPostgresUrl();
  const folder = await mkdtemp(join(tmpdir(), "stepwell-reserved-"));
  const record = join(folder, "record");
  const nodes = [await startNode(url, "reserved"), await startNode(url, "reserved")] as const;
  const [doomed, other] = nodes;
  const invoke = (node: typeof doomed) =>
    node.client.send(new InvokeCommand({ FunctionName: "stuck", Payload: '{"id":"it"}' }));
  try {
    await createNoting(other.client, record, "stuck");
    await other.client.send(
      new PutFunctionConcurrencyCommand({ FunctionName: "stuck", ReservedConcurrentExecutions: 1 }),
    );
    const cut = expect(invoke(doomed)).rejects.toThrow();
    while (!(await readFile(record, "utf8").catch(() => "")).includes("begun it")) await delay(20);
    await expect(invoke(other)).rejects.toMatchObject({ name: "TooManyRequestsException" });
    doomed.child.kill("SIGKILL");
    await cut;
    let answer: Awaited<ReturnType<typeof invoke>> | undefined;
    while (!answer) {
      answer = await invoke(other).catch((error) => {
        expect(error.name).toBe("TooManyRequestsException");
        return undefined;
      });
      await delay(50);
    }
    expect(answer.FunctionError).toBeUndefined();
    expect(other.log()).toContain("has died");
  } finally {
    for (const { child } of nodes) child.kill("SIGKILL");
    await Promise.all(nodes.map(({ gone }) => gone));
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);
