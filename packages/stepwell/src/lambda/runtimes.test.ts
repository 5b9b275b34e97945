import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateFunctionCommand,
  GetDurableExecutionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { silentLogger } from "../kernel/logger.ts";
import { openNode, type StepwellNode } from "../node.ts";
import { functionInput, type LambdaNode, openLambdaNode } from "./fixtures/lambda-node.ts";
import { clientRefusal } from "./fixtures/refusal.ts";
import { makeZip } from "./fixtures/zip.ts";

const FunctionName = "snake";
const zip = (content: string) => makeZip([{ name: "app.py", content }]);
const python = (body: string, more: object = {}) =>
  functionInput(FunctionName, "", {
    ...{ Runtime: "python3.13", Handler: "app.handler", Timeout: 20, Code: { ZipFile: zip(handler(body)) } },
    ...more,
  }) as never;
const handler = (body: string) => `import os, time\ndef handler(event, context):\n    ${body}\n`;

let node: LambdaNode;
let folder: string;
beforeEach(async () => {
  node = await openLambdaNode();
  folder = await mkdtemp(join(tmpdir(), "stepwell-python-"));
});
afterEach(async () => {
  await node.close();
  await rm(folder, { recursive: true, force: true });
});

const create = (body: string, more: object = {}) =>
  node.client.send(new CreateFunctionCommand(python(body, more)));
async function invoke(event: unknown = {}, more: object = {}) {
  const Payload = JSON.stringify(event);
  const answer = await node.client.send(new InvokeCommand({ FunctionName, Payload, ...more }));
  return { ...answer, Payload: JSON.parse(Buffer.from(answer.Payload ?? "null").toString()) };
}
const file = (name: string) => JSON.stringify(join(folder, name));

describe("a Python function of AWS's client", () => {
  test("answers, fails in Python's shape and shows the last of its log", async () => {
    await create(`print("working"); return {"half": 1 / event["n"]}`);
    expect(await invoke({ n: 2 })).toMatchObject({
      StatusCode: 200,
      ExecutedVersion: "$LATEST",
      Payload: { half: 0.5 },
    });
    const failed = await invoke({ n: 0 }, { LogType: "Tail" });
    expect(failed).toMatchObject({
      StatusCode: 200,
      FunctionError: "Unhandled",
      Payload: {
        errorMessage: "division by zero",
        errorType: "ZeroDivisionError",
        requestId: failed.$metadata.requestId,
        stackTrace: [expect.stringMatching(/app\.py", line 3, in handler\n/)],
      },
    });
    expect(Object.keys(failed.Payload)).toEqual(["errorMessage", "errorType", "requestId", "stackTrace"]);
    const log = Buffer.from(failed.LogResult!, "base64").toString();
    expect(log).toContain(
      "Version: $LATEST\nworking\n[ERROR] ZeroDivisionError: division by zero\nTraceback",
    );
  });

  test("times out as AWS says, and runs again", async () => {
    await create(`time.sleep(event); return "awake"`, { Timeout: 1 });
    expect((await invoke(30)).Payload).toEqual({
      errorType: "Sandbox.Timedout",
      errorMessage: expect.stringMatching(
        /^RequestId: [0-9a-f-]{36} Error: Task timed out after 1\.00 seconds$/,
      ),
    });
    expect((await invoke(0)).Payload).toBe("awake");
  });

  test("runs as many times at once as it is invoked, each in a process of its own, up to what is reserved for it", async () => {
    await create(`time.sleep(1); return os.getpid()`);
    const pids = (await Promise.all([invoke(), invoke()])).map(({ Payload }) => Payload);
    expect(new Set(pids).size).toBe(2);
    expect(pids).toContain((await invoke()).Payload);
    const ReservedConcurrentExecutions = 1;
    await node.client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
    const running = invoke();
    expect(await clientRefusal(node, () => invoke())).toEqual([
      "TooManyRequestsException",
      429,
      "Rate Exceeded.",
    ]);
    expect(pids).toContain((await running).Payload);
  });

  test("runs new code and new settings after an update, and its versions go on with the old", async () => {
    await create(`return "one", os.environ.get("WHO")`);
    await node.client.send(new PublishVersionCommand({ FunctionName }));
    expect((await invoke()).Payload).toEqual(["one", null]);
    const ZipFile = zip(handler(`return "two", os.environ.get("WHO")`));
    await node.client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile }));
    const Environment = { Variables: { WHO: "you" } };
    await node.client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment }));
    expect((await invoke()).Payload).toEqual(["two", "you"]);
    expect((await invoke({}, { Qualifier: "1" })).Payload).toEqual(["one", null]);
    const toNode = { FunctionName, Runtime: "nodejs22.x", Handler: "index.handler" } as const;
    await node.client.send(new UpdateFunctionConfigurationCommand(toNode));
    const js = makeZip([{ name: "index.mjs", content: "export const handler = async () => 'three';" }]);
    await node.client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: js }));
    expect((await invoke()).Payload).toBe("three");
  });

  test("takes events, and tells a destination its error in its own shape", async () => {
    const keep = `open(${file("record")}, "w").write(__import__("json").dumps(event))`;
    await node.client.send(
      new CreateFunctionCommand({ ...(python(keep) as object), FunctionName: "keeper" } as never),
    );
    await create(`raise KeyError("nothing")`);
    const OnFailure = { Destination: "arn:aws:lambda:us-east-1:000000000000:function:keeper" };
    const DestinationConfig = { OnFailure };
    await node.call("PutFunctionEventInvokeConfig", {
      FunctionName,
      MaximumRetryAttempts: 0,
      DestinationConfig,
    });
    expect((await invoke({}, { InvocationType: "Event" })).StatusCode).toBe(202);
    while ((await node.stored()).work !== 0) await sleep(20);
    expect(JSON.parse(await readFile(join(folder, "record"), "utf8"))).toMatchObject({
      requestContext: { condition: "RetriesExhausted" },
      responsePayload: { errorMessage: "'nothing'", errorType: "KeyError", stackTrace: [expect.any(String)] },
    });
  });

  test("runs from a folder that is edited, which its runs leave as it is", async () => {
    await writeFile(join(folder, "app.py"), handler(`import words; return words.WORD`));
    await writeFile(join(folder, "words.py"), `WORD = "before"`);
    await create("", { Code: { S3Bucket: "hot-reload", S3Key: folder } });
    expect((await invoke()).Payload).toBe("before");
    await writeFile(join(folder, "words.py"), `WORD = "after"`);
    await expect.poll(async () => (await invoke()).Payload).toBe("after");
    expect((await readdir(folder)).toSorted()).toEqual(["app.py", "words.py"]);
  });
});

describe("nothing changes", () => {
  test("by an update that is a dry run: it tells what would be", async () => {
    await create(`return 1`);
    const { CodeSha256 } = await node.client.send(new GetFunctionConfigurationCommand({ FunctionName }));
    const before = [await node.stored(), await node.everyFunction()];
    const ZipFile = zip(handler("return 2"));
    const update = { FunctionName, ZipFile, Publish: true, DryRun: true };
    const would = await node.client.send(new UpdateFunctionCodeCommand(update));
    expect(would.CodeSha256).not.toBe(CodeSha256);
    expect([await node.stored(), await node.everyFunction()]).toEqual(before);
    expect((await invoke()).Payload).toBe(1);
    const bad = new UpdateFunctionCodeCommand({ FunctionName, ZipFile: ZipFile.subarray(40), DryRun: true });
    expect(await clientRefusal(node, () => node.client.send(bad))).toEqual([
      ...["InvalidParameterValueException", 400],
      "Could not unzip uploaded file. Please check your file, then try to upload again.",
    ]);
  });

  test("by code that is no zip, in a runtime that there is, or a zip in one that there is not", async () => {
    const noZip = new CreateFunctionCommand(python("", { Code: { ZipFile: Buffer.from("PK no zip") } }));
    expect((await clientRefusal(node, () => node.client.send(noZip)))[0]).toBe(
      "InvalidParameterValueException",
    );
    const ruby = new CreateFunctionCommand(python("", { Runtime: "ruby3.4" }));
    expect((await clientRefusal(node, () => node.client.send(ruby)))[0]).toBe("NotSupportedException");
  });
});

describe("a durable function in plain Python", () => {
  let server: StepwellNode;
  let client: LambdaClient;
  beforeAll(async () => {
    server = await openNode({ data: ":memory:", log: silentLogger });
    const { url } = await server.listen({ port: 0, host: "127.0.0.1" });
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    client = new LambdaClient({ endpoint: url, region: "us-east-1", credentials });
  });
  afterAll(async () => {
    client.destroy();
    await server.close();
  });

  test("checkpoints over HTTP, sleeps and goes on where it was", async () => {
    const text = `
import datetime, json, os, urllib.parse, urllib.request

def checkpoint(event, updates):
    arn = urllib.parse.quote(event["DurableExecutionArn"], safe="")
    url = f"{os.environ['AWS_ENDPOINT_URL']}/2025-12-01/durable-executions/{arn}/checkpoint"
    body = json.dumps({"CheckpointToken": event["CheckpointToken"], "Updates": updates}).encode()
    with urllib.request.urlopen(urllib.request.Request(url, body, {"Content-Type": "application/json"})) as response:
        answer = json.load(response)
    event["CheckpointToken"] = answer["CheckpointToken"]
    return answer["NewExecutionState"]["Operations"]

def handler(event, context):
    execution, *operations = event["InitialExecutionState"]["Operations"]
    datetime.datetime.fromisoformat(execution["StartTimestamp"].replace("Z", "+00:00"))
    order = json.loads(execution["ExecutionDetails"]["InputPayload"])
    done = {operation["Id"]: operation for operation in operations}
    if "pay" not in done:
        checkpoint(event, [
            {"Id": "pay", "Type": "STEP", "Action": "SUCCEED", "Name": "pay", "Payload": json.dumps(order["price"] * 2)},
            {"Id": "rest", "Type": "WAIT", "Action": "START", "Name": "rest", "WaitOptions": {"WaitSeconds": 1}},
        ])
        return {"Status": "PENDING"}
    if done["rest"]["Status"] != "SUCCEEDED":
        return {"Status": "PENDING"}
    paid = json.loads(done["pay"]["StepDetails"]["Result"])
    return {"Status": "SUCCEEDED", "Result": json.dumps({"paid": paid})}
`;
    const DurableConfig = { ExecutionTimeout: 60 };
    await client.send(new CreateFunctionCommand(python("", { Code: { ZipFile: zip(text) }, DurableConfig })));
    const answer = await client.send(
      new InvokeCommand({ FunctionName, Qualifier: "$LATEST", Payload: JSON.stringify({ price: 21 }) }),
    );
    expect(JSON.parse(Buffer.from(answer.Payload!).toString())).toEqual({ paid: 42 });
    const { DurableExecutionArn } = answer;
    const execution = await client.send(new GetDurableExecutionCommand({ DurableExecutionArn }));
    expect(execution.Status).toBe("SUCCEEDED");
  });
});
