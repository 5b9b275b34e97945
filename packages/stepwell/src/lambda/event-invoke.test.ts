import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  DeleteFunctionEventInvokeConfigCommand,
  GetFunctionEventInvokeConfigCommand,
  InvokeCommand,
  ListFunctionEventInvokeConfigsCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionConfigurationCommand,
  UpdateFunctionEventInvokeConfigCommand,
} from "@aws-sdk/client-lambda";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type TargetEvent, Targets } from "../kernel/targets.ts";
import { bad, HeldHost, lost } from "./fixtures/held-host.ts";
import { functionInput, type LambdaNode, openLambdaNode } from "./fixtures/lambda-node.ts";
import { clientRefusal } from "./fixtures/refusal.ts";
import type { DurableStart } from "./function.ts";

const ARN = "arn:aws:lambda:us-east-1:000000000000:function";

let node: LambdaNode;
let host: HeldHost;
let starts: DurableStart[];
/** What queues, topics and buses got. */
let told: (TargetEvent & { readonly arn: string })[];
beforeEach(async () => {
  host = new HeldHost();
  starts = [];
  const durable = {
    start: async (_context: unknown, request: DurableStart) => {
      starts.push(request);
      return { executionArn: "" };
    },
  };
  told = [];
  const targets = new Targets();
  for (const service of ["sqs", "sns", "events"]) {
    targets.add(service, (arn, event) => ({ changes: [], committed: () => told.push({ arn, ...event }) }));
  }
  node = await openLambdaNode({ host, durable, targets });
  await create("hello", { Publish: true });
  await create("audit");
});
afterEach(() => node.close());

const create = (name: string, more: object = {}) =>
  node.client.send(new CreateFunctionCommand(functionInput(name, "1", more) as never));
const put = (more: object) =>
  node.client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: "hello", ...more }));
const update = (more: object) =>
  node.client.send(new UpdateFunctionEventInvokeConfigCommand({ FunctionName: "hello", ...more }));
const get = (Qualifier?: string) =>
  node.client.send(new GetFunctionEventInvokeConfigCommand({ FunctionName: "hello", Qualifier }));
const send = (Payload = '{"n":1}', Qualifier?: string) =>
  node.client.send(
    new InvokeCommand({
      FunctionName: "hello",
      InvocationType: "Event",
      Payload: Buffer.from(Payload),
      Qualifier,
    }),
  );
async function nothingPending(): Promise<void> {
  while ((await node.stored()).work !== 0) await sleep(1);
}
/** The dispatcher sets its timer after its own commits; only then does moving the clock reach it. */
async function advance(ms: number): Promise<void> {
  while (node.clock.nextTimerMs() === undefined) await sleep(1);
  node.clock.advance(ms);
}
const lastLine = () => node.lines.at(-1)?.message;

describe("a configuration of asynchronous invocations", () => {
  test("is shown as AWS shows it; putting replaces it, updating changes a part", async () => {
    const { $metadata, ...made } = await put({ MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 60 });
    expect(made).toEqual({
      FunctionArn: `${ARN}:hello:$LATEST`,
      LastModified: new Date("2030-01-01T00:00:00Z"),
      MaximumRetryAttempts: 1,
      MaximumEventAgeInSeconds: 60,
      DestinationConfig: { OnSuccess: {}, OnFailure: {} },
    });
    expect(await get()).toMatchObject(made);
    const DestinationConfig = { OnFailure: { Destination: `${ARN}:audit` } };
    expect(await update({ DestinationConfig })).toMatchObject({
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnSuccess: {}, ...DestinationConfig },
    });
    expect(await put({ MaximumRetryAttempts: 0 })).not.toHaveProperty("MaximumEventAgeInSeconds");
  });

  test("is each qualifier's own, is listed, and goes with its alias", async () => {
    await node.client.send(
      new CreateAliasCommand({ FunctionName: "hello", Name: "live", FunctionVersion: "1" }),
    );
    for (const Qualifier of ["live", "1", undefined]) await put({ Qualifier, MaximumRetryAttempts: 0 });
    const list = async () => {
      const command = new ListFunctionEventInvokeConfigsCommand({ FunctionName: "hello" });
      const { FunctionEventInvokeConfigs } = await node.client.send(command);
      return FunctionEventInvokeConfigs?.map(({ FunctionArn }) => FunctionArn?.split(":").at(-1));
    };
    expect(await list()).toEqual(["$LATEST", "1", "live"]);
    await node.client.send(new DeleteAliasCommand({ FunctionName: "hello", Name: "live" }));
    await node.client.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName: "hello" }));
    expect(await list()).toEqual(["1"]);
  });
});

describe("an event", () => {
  test("is tried again as often as its configuration says", async () => {
    await put({ MaximumRetryAttempts: 1 });
    await send();
    await host.saw(1);
    host.end(bad);
    await advance(60_000);
    await host.saw(2);
    host.end(bad);
    await nothingPending();
    expect(lastLine()).toBe("an asynchronous event was dropped: it failed twice, last with Error: no");
    await send('{"by":"version"}', "1");
    await host.saw(3);
    host.end(bad);
    await advance(60_000);
    await host.saw(4);
    host.end(bad);
    await advance(120_000);
    await host.saw(5);
  });

  test("is dropped at the age that its configuration says", async () => {
    await put({ MaximumEventAgeInSeconds: 90 });
    await send();
    await host.saw(1);
    node.clock.advance(90_001);
    host.end(lost);
    await nothingPending();
    expect(lastLine()).toBe("an asynchronous event was dropped: it waited for more than 90 seconds");
  });

  test("that succeeded is told to another function, with exact numbers", async () => {
    await put({ DestinationConfig: { OnSuccess: { Destination: `${ARN}:audit` } } });
    await send('{"big":12345678901234567890}');
    await host.saw(1);
    host.end({ ok: true, payload: '{"sum":1.10}' });
    await host.saw(2);
    const { code, event, invokedFunctionArn } = host.requests[1]!;
    expect([code.functionName, invokedFunctionArn]).toEqual(["audit", `${ARN}:audit`]);
    const { json } = event as { json: string };
    expect(json).toContain('"requestPayload":{"big":12345678901234567890}');
    expect(json).toContain('"responsePayload":{"sum":1.10}');
    expect(JSON.parse(json)).toMatchObject({
      version: "1.0",
      timestamp: "2030-01-01T00:00:00.000Z",
      requestContext: {
        requestId: host.requests[0]!.requestId,
        functionArn: `${ARN}:hello:$LATEST`,
        condition: "Success",
        approximateInvokeCount: 1,
      },
      responseContext: { statusCode: 200, executedVersion: "$LATEST" },
    });
  });

  test("that failed, grew too old or was not let in is told to another function, with its error if there is one", async () => {
    const Destination = `${ARN}:audit`;
    await put({ MaximumRetryAttempts: 0, DestinationConfig: { OnFailure: { Destination } } });
    await send();
    await host.saw(1);
    host.end(bad);
    await host.saw(2);
    const told = (n: number) => JSON.parse((host.requests[n]!.event as { json: string }).json);
    expect(told(1)).toMatchObject({
      requestContext: { condition: "RetriesExhausted", approximateInvokeCount: 1 },
      requestPayload: { n: 1 },
      responseContext: { functionError: "Unhandled" },
      responsePayload: { errorType: "Error", errorMessage: "no" },
    });
    await update({ MaximumEventAgeInSeconds: 60 });
    await send();
    await host.saw(3);
    node.clock.advance(60_001);
    host.end({ ok: true, payload: "null" });
    host.end(lost);
    await host.saw(4);
    expect(told(3).requestContext).toMatchObject({
      condition: "EventAgeExceeded",
      approximateInvokeCount: 0,
    });
    expect(told(3)).not.toHaveProperty("responsePayload");
    const off = { FunctionName: "hello", ReservedConcurrentExecutions: 0 };
    await node.client.send(new PutFunctionConcurrencyCommand(off));
    await send();
    await host.saw(5);
    expect(told(4).requestContext.condition).toBe("ZeroReservedConcurrency");
  });

  test("that fails for the last time before it would be too old is over at once", async () => {
    const Destination = `${ARN}:audit`;
    await put({ MaximumEventAgeInSeconds: 60, DestinationConfig: { OnFailure: { Destination } } });
    await send();
    await host.saw(1);
    node.clock.advance(1);
    host.end(bad);
    await host.saw(2);
    expect(JSON.parse((host.requests[1]!.event as { json: string }).json)).toMatchObject({
      requestContext: { condition: "EventAgeExceeded", approximateInvokeCount: 1 },
      responsePayload: { errorMessage: "no" },
    });
  });

  test("is told to a bus as an event of Lambda's, to queues and topics as it is", async () => {
    const bus = "arn:aws:events:us-east-1:000000000000:event-bus/default";
    const topic = "arn:aws:sns:us-east-1:000000000000:done";
    const DestinationConfig = { OnFailure: { Destination: bus }, OnSuccess: { Destination: topic } };
    await put({ MaximumRetryAttempts: 0, DestinationConfig });
    await send();
    await host.saw(1);
    host.end(bad);
    await nothingPending();
    await send();
    await host.saw(2);
    host.end({ ok: true, payload: "1" });
    await nothingPending();
    const [failed, succeeded] = told;
    expect(failed).toMatchObject({
      arn: bus,
      sourceArn: `${ARN}:hello:$LATEST`,
      busEvent: {
        source: "lambda",
        detailType: "Lambda Function Invocation Result - Failure",
        resources: [bus, `${ARN}:hello:$LATEST`],
      },
    });
    expect(JSON.parse(failed!.payload)).toMatchObject({ requestPayload: { n: 1 } });
    expect(succeeded!.arn).toBe(topic);
    expect(JSON.parse(succeeded!.payload).requestContext.condition).toBe("Success");
  });

  test("that failed goes to the function's dead-letter queue as it was, and says why", async () => {
    const queue = "arn:aws:sqs:us-east-1:000000000000:dead";
    const configure = (TargetArn?: string) =>
      node.client.send(
        new UpdateFunctionConfigurationCommand({
          FunctionName: "hello",
          DeadLetterConfig: TargetArn === undefined ? {} : { TargetArn },
        }),
      );
    expect((await configure(queue)).DeadLetterConfig).toEqual({ TargetArn: queue });
    await put({ MaximumRetryAttempts: 0 });
    await send('{"n":1.10}');
    await host.saw(1);
    host.end({ ok: true, payload: "1" });
    await nothingPending();
    expect(told).toEqual([]);
    await send('{"n":1.10}');
    await host.saw(2);
    host.end(bad);
    await nothingPending();
    expect(told).toMatchObject([
      {
        arn: queue,
        payload: '{"n":1.10}',
        message: {
          attributes: {
            RequestID: { dataType: "String", stringValue: host.requests[1]!.requestId },
            ErrorCode: { dataType: "Number", stringValue: "200" },
            ErrorMessage: { dataType: "String", stringValue: "no" },
          },
        },
      },
    ]);
    expect(await configure()).not.toHaveProperty("DeadLetterConfig");
    await send();
    await host.saw(3);
    host.end(bad);
    await nothingPending();
    expect(told).toHaveLength(1);
  });

  test("may start an execution of a durable function, once", async () => {
    await create("flow", { DurableConfig: { ExecutionTimeout: 60 } });
    await put({ DestinationConfig: { OnSuccess: { Destination: `${ARN}:flow:$LATEST` } } });
    await send();
    await host.saw(1);
    host.end({ ok: true, payload: "1" });
    await nothingPending();
    expect(starts).toHaveLength(1);
    expect(starts[0]).toMatchObject({ fn: { name: "flow", version: "$LATEST" }, synchronous: false });
    expect(starts[0]!.executionName).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("whose destination is gone is done all the same, and the log says so", async () => {
    await put({ DestinationConfig: { OnSuccess: { Destination: `${ARN}:audit` } } });
    await node.client.send(new DeleteFunctionCommand({ FunctionName: "audit" }));
    await send();
    await host.saw(1);
    host.end({ ok: true, payload: "1" });
    await nothingPending();
    expect(lastLine()).toBe("a destination could not be delivered to");
  });
});

describe("is refused, and nothing changes:", () => {
  const refusal = (act: () => Promise<unknown>) => clientRefusal(node, act);
  const to = (Destination: string) => put({ DestinationConfig: { OnSuccess: { Destination } } });
  const missing = (message: string) => ["ResourceNotFoundException", 404, message];

  test("a configuration of nothing, or of what is not there", async () => {
    expect(await refusal(() => put({}))).toEqual([
      "InvalidParameterValueException",
      400,
      "You must specify at least one of error handling or destination setting.",
    ]);
    expect(await refusal(() => put({ FunctionName: "other", MaximumRetryAttempts: 1 }))).toEqual(
      missing("The function doesn't exist."),
    );
    expect(await refusal(() => put({ Qualifier: "live", MaximumRetryAttempts: 1 }))).toEqual(
      missing("The function doesn't exist."),
    );
    for (const act of [() => get(), () => update({ MaximumRetryAttempts: 1 })]) {
      expect(await refusal(act)).toEqual(
        missing(`The function ${ARN}:hello:$LATEST doesn't have an EventInvokeConfig`),
      );
    }
    expect((await refusal(() => put({ MaximumRetryAttempts: 3 })))[1]).toBe(400);
    expect((await refusal(() => put({ MaximumEventAgeInSeconds: 59 })))[1]).toBe(400);
  });

  test("a destination that is not there, is the function itself, or is of a kind that is not delivered to", async () => {
    expect((await refusal(() => to(`${ARN}:other`)))[2]).toBe(`The destination ARN ${ARN}:other is invalid.`);
    expect((await refusal(() => to(`${ARN}:hello`)))[2]).toBe(
      "You can't specify the function as a destination for itself.",
    );
    const bucket = "arn:aws:s3:::records";
    expect(await refusal(() => to(bucket))).toEqual([
      "NotSupportedException",
      501,
      `Stepwell does not support the destination ${bucket}. Use the ARN of a function, a queue, a topic or an event bus.`,
    ]);
  });
});
