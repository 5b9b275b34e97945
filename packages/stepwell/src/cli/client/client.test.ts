import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import * as aws from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RealClock } from "../../kernel/clock.ts";
import { AwsError } from "../../kernel/errors.ts";
import { clientOptions, listenRecording } from "../../wire/fixtures/served.ts";
import { EXIT } from "../exit.ts";
import { Client } from "./client.ts";
import { endpointOf } from "./endpoint.ts";
import type { LambdaCalls } from "./types.ts";

type Name = keyof LambdaCalls;

const arn =
  "arn:aws:lambda:eu-west-1:000000000000:function:approval:$LATEST/durable-execution/order-7/01a1f9ee-a4a1-78ed";

let served: Awaited<ReturnType<typeof listenRecording>>;
let client: Client;

beforeAll(async () => {
  served = await listenRecording();
  client = clientAt(served.listener.url);
});
afterAll(async () => {
  client.close();
  await served.listener.close();
});

function clientAt(endpoint: string): Client {
  return new Client(endpointOf({ endpoint, region: "eu-west-1" }, {}), new RealClock());
}

describe("a request arrives as that of AWS's own client does", () => {
  const requests: { [N in Name]: LambdaCalls[N]["input"] } = {
    Invoke: {
      FunctionName: "approval",
      Qualifier: "$LATEST",
      InvocationType: "Event",
      LogType: "None",
      DurableExecutionName: "order-7",
      Payload: Buffer.from('{"näme":1}'),
    },
    ListFunctions: { Marker: "a marker/+=" },
    ListDurableExecutionsByFunction: {
      FunctionName: "approval",
      DurableExecutionName: "order-7",
      Statuses: ["RUNNING", "FAILED"],
      MaxItems: 7,
      Marker: "m",
    },
    GetDurableExecution: { DurableExecutionArn: arn },
    GetDurableExecutionHistory: { DurableExecutionArn: arn, ReverseOrder: true, MaxItems: 1000, Marker: "m" },
    SendDurableExecutionCallbackSuccess: { CallbackId: "Q0I+/w==", Result: Buffer.from('{"approved":true}') },
    SendDurableExecutionCallbackFailure: {
      CallbackId: "Q0I=",
      Error: { ErrorType: "E", ErrorMessage: "no" },
    },
    SendDurableExecutionCallbackHeartbeat: { CallbackId: "Q0I=" },
  };

  const commands: { [N in Name]: unknown } = {
    Invoke: aws.InvokeCommand,
    ListFunctions: aws.ListFunctionsCommand,
    ListDurableExecutionsByFunction: aws.ListDurableExecutionsByFunctionCommand,
    GetDurableExecution: aws.GetDurableExecutionCommand,
    GetDurableExecutionHistory: aws.GetDurableExecutionHistoryCommand,
    SendDurableExecutionCallbackSuccess: aws.SendDurableExecutionCallbackSuccessCommand,
    SendDurableExecutionCallbackFailure: aws.SendDurableExecutionCallbackFailureCommand,
    SendDurableExecutionCallbackHeartbeat: aws.SendDurableExecutionCallbackHeartbeatCommand,
  };

  test.for(Object.keys(requests) as Name[])("%s", async (name) => {
    const sdk = new aws.LambdaClient(clientOptions(served.listener));
    const Command = commands[name] as new (input: unknown) => never;
    served.reply = () => ({ Events: [] });
    served.calls.length = 0;

    await sdk.send(new Command(requests[name]));
    await client.call(name, requests[name]);

    const [theirs, ours] = served.calls.map(({ operation, context, input }) => {
      return { operation, input, region: context.region };
    });
    expect(ours).toEqual(theirs);
    expect(ours?.input).toMatchObject(requests[name]);
    sdk.destroy();
  });
});

describe("an answer is given back as the operation gave it", () => {
  test("an invocation with status, headers and payload", async () => {
    const answer = {
      StatusCode: 200,
      FunctionError: "Unhandled",
      LogResult: "bG9n",
      DurableExecutionArn: arn,
      Payload: Buffer.from('{"errorMessage":"boom"}'),
    };
    served.reply = () => answer;
    expect(await client.call("Invoke", { FunctionName: "f" })).toEqual(answer);
  });

  test("events with times in milliseconds", async () => {
    const Events = [
      {
        EventId: 1,
        EventType: "WaitStarted",
        EventTimestamp: 1_893_456_000_123,
        Id: "w",
        WaitStartedDetails: { Duration: 1, ScheduledEndTimestamp: 1_893_456_001_123 },
      },
    ];
    served.reply = () => ({ Events, NextMarker: "n" });
    const output = await client.call("GetDurableExecutionHistory", { DurableExecutionArn: arn });
    expect(output).toEqual({ Events, NextMarker: "n" });
  });

  test.for([
    ["ResourceNotFoundException", 404, EXIT.notFound],
    ["InvalidParameterValueException", 400, EXIT.refused],
    ["ResourceConflictException", 409, EXIT.refused],
    ["RequestTooLargeException", 413, EXIT.refused],
    ["TooManyRequestsException", 429, EXIT.failed],
    ["ServiceException", 500, EXIT.failed],
    ["UnknownOperationException", 404, EXIT.failed],
  ] as const)(
    "an error with its code and message: %s (%s) exits with %s",
    async ([code, httpStatus, exitCode]) => {
      served.reply = () => {
        throw new AwsError(code, "No such luck.", { httpStatus });
      };
      const failure = client.call("GetDurableExecution", { DurableExecutionArn: arn });
      await expect(failure).rejects.toMatchObject({
        name: "CliError",
        code,
        message: "No such luck.",
        exitCode,
      });
    },
  );
});

describe("when Stepwell is not what answers", () => {
  async function against(listener: RequestListener): Promise<unknown> {
    const server = createServer(listener).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const other = clientAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    try {
      return await other.call("ListFunctions", {}).catch((error: unknown) => error);
    } finally {
      other.close();
      server.close();
    }
  }

  test("a page with status 200 is said not to be Stepwell", async () => {
    expect(await against((_, response) => response.end("<h1>It works!</h1>"))).toMatchObject({
      code: "NotStepwell",
      exitCode: EXIT.failed,
      hint: expect.stringContaining("--endpoint"),
    });
  });

  test.for(["<h1>No</h1>", '"no"', "null", "[]", ""])("an error without AWS's code too: %s", async (body) => {
    expect(await against((_, response) => response.writeHead(502).end(body))).toMatchObject({
      code: "NotStepwell",
      message: expect.stringContaining("502"),
    });
  });

  test("nothing listens: one message with how to start it on that port", async () => {
    const other = clientAt("http://127.0.0.1:9");
    await expect(other.call("ListFunctions", {})).rejects.toMatchObject({
      code: "NothingListens",
      message: "Nothing listens at http://127.0.0.1:9.",
      hint: expect.stringContaining("stepwell dev --port 9"),
    });
  });

  test("the connection is cut: it is said that executions go on", async () => {
    expect(await against((request) => request.destroy())).toMatchObject({
      code: "Unreachable",
      hint: expect.stringContaining("go on"),
    });
  });
});

describe("the endpoint", () => {
  const at = (options: object, env: Record<string, string> = {}) => {
    const { url, region } = endpointOf(options, env);
    return [url.origin, region];
  };

  test("is the option's, else the service's variable, else the general one, else where dev listens", () => {
    const env = {
      AWS_ENDPOINT_URL: "http://a:1",
      AWS_ENDPOINT_URL_LAMBDA: "http://b:2",
      AWS_REGION: "eu-west-1",
    };
    expect(at({ endpoint: "https://c:3", region: "eu-central-1" }, env)).toEqual([
      "https://c:3",
      "eu-central-1",
    ]);
    expect(at({}, env)).toEqual(["http://b:2", "eu-west-1"]);
    expect(at({}, { AWS_ENDPOINT_URL: "http://a:1", AWS_DEFAULT_REGION: "us-west-2" })).toEqual([
      "http://a:1",
      "us-west-2",
    ]);
    expect(at({}, { AWS_ENDPOINT_URL: "" })).toEqual(["http://127.0.0.1:4566", "us-east-1"]);
  });

  test.for([
    [{ endpoint: "localhost:4566" }, {}, "--endpoint is 'localhost:4566'"],
    [{ endpoint: "" }, {}, "--endpoint is ''"],
    [{}, { AWS_ENDPOINT_URL: "ftp://a" }, "AWS_ENDPOINT_URL is 'ftp://a'"],
    [{ region: "US East" }, {}, "'US East' is not the name of a region"],
  ] as const)("that cannot be one is refused by name: %s %s", ([options, env, message]) => {
    expect(() => endpointOf(options, env)).toThrow(message);
  });
});
