import { readFileSync } from "node:fs";
import {
  CreateFunctionCommand,
  type LambdaClient,
  PutFunctionEventInvokeConfigCommand,
  ResourceConflictException,
} from "@aws-sdk/client-lambda";
import { makeZip } from "../../lambda/fixtures/zip.ts";
import { VISIBILITY_SECONDS } from "./activities/messages.ts";
import { packageOf } from "./activities/versions.ts";
import { LONGEST_SECONDS } from "./activities/waits.ts";

const APP = makeZip([
  { name: "index.mjs", content: readFileSync(new URL("./app/index.mjs", import.meta.url), "utf8") },
]);
const SINK = "arn:aws:lambda:us-east-1:000000000000:function:sink";

/** Makes the functions that are not there yet. */
export async function createFunctions(client: LambdaClient, recordFile: string): Promise<void> {
  const create = async (FunctionName: string, handler: string, more: object = {}) => {
    const command = new CreateFunctionCommand({
      FunctionName,
      Runtime: "nodejs22.x",
      Role: "arn:aws:iam::000000000000:role/crash",
      Handler: `index.${handler}`,
      Code: { ZipFile: APP },
      Environment: { Variables: { RECORD: recordFile } },
      // The server's clock is fast, and with it the timeouts.
      Timeout: 900,
      ...more,
    });
    await client.send(command).catch((error: unknown) => {
      if (!(error instanceof ResourceConflictException)) throw error;
    });
  };
  await create("order", "order", { DurableConfig: { ExecutionTimeout: 86_400 } });
  await create("quick", "order", { DurableConfig: { ExecutionTimeout: LONGEST_SECONDS } });
  for (const name of ["echo", "event", "broken", "sink"]) await create(name, name);
  // Messages of queues stay hidden for as long as their function may run.
  for (const name of ["message", "line"]) await create(name, name, { Timeout: VISIBILITY_SECONDS });
  await create("versioned", "handler", { Code: { ZipFile: packageOf(0) } });
  await client.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: "event",
      DestinationConfig: { OnFailure: { Destination: SINK } },
    }),
  );
}
