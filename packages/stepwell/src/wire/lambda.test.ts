import { InvokeCommand, LambdaClient, CheckpointDurableExecutionCommand } from "@aws-sdk/client-lambda";
import { expect, test } from "vitest";
import { RealClock } from "../kernel/clock.ts";
import { RealIds } from "../kernel/ids.ts";
import { silentLogger } from "../kernel/logger.ts";
import { OperationTable } from "../kernel/operations.ts";
import { validate } from "../kernel/schema/validate.ts";
import { listen } from "./listen.ts";
import { createWire } from "./wire.ts";

test("Invoke and CheckpointDurableExecution round-trip", async () => {
  const clock = new RealClock();
  const operations = new OperationTable(validate);
  const seen: unknown[] = [];
  operations.add("lambda", {
    async Invoke(_c, input) {
      seen.push(input);
      return { StatusCode: 200, Payload: Buffer.from('{"a":1}'), ExecutedVersion: "$LATEST" };
    },
    async CheckpointDurableExecution(_c, input) {
      seen.push(input);
      return { CheckpointToken: "t2", NewExecutionState: { Operations: [{ Id: "1", Type: "WAIT", Status: "STARTED", StartTimestamp: 1893456000123 }] } };
    },
  });
  const server = await listen(createWire({ operations, clock, ids: new RealIds(clock), log: silentLogger }), { port: 0, host: "127.0.0.1", log: silentLogger });
  const client = new LambdaClient({ endpoint: server.url, region: "eu-west-1", credentials: { accessKeyId: "a", secretAccessKey: "b" } });
  const r = await client.send(new InvokeCommand({ FunctionName: "f", Payload: '{"x":1}' }));
  expect(Buffer.from(r.Payload!).toString()).toBe('{"a":1}');
  const c = await client.send(new CheckpointDurableExecutionCommand({ DurableExecutionArn: "arn:aws:lambda:us-east-1:000000000000:function:f:1/durable-execution/a/b", CheckpointToken: "dDE=", Updates: [{ Id: "1", Type: "STEP", Action: "START" }] }));
  expect(c.NewExecutionState?.Operations?.[0]?.StartTimestamp).toEqual(new Date(1893456000123));
  console.log(seen);
  client.destroy();
  await server.close();
});
