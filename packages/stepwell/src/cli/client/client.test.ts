import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as aws from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RealClock } from "../../kernel/clock.ts";
import { AwsError } from "../../kernel/errors.ts";
import { clientOptions, listenRecording } from "../../wire/fixtures/served.ts";
import { SignatureVerifier } from "../../wire/signature/verifier.ts";
import { EXIT } from "../exit.ts";
import { Client } from "./client.ts";
import { endpointOf } from "./endpoint.ts";
import type { Calls } from "./types.ts";

/** Those that AWS's clients know too. */
type Name = Exclude<keyof Calls, `stepwell.${string}`>;

const arn =
  "arn:aws:lambda:eu-west-1:000000000000:function:approval:$LATEST/durable-execution/order-7/01a1f9ee-a4a1-78ed";

const KEY = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
const ENV = { AWS_ACCESS_KEY_ID: KEY.accessKeyId, AWS_SECRET_ACCESS_KEY: KEY.secretAccessKey };

let served: Awaited<ReturnType<typeof listenRecording>>;
let client: Client;

beforeAll(async () => {
  const clocks = [new RealClock()];
  served = await listenRecording(new SignatureVerifier({ keys: [KEY], clocks }));
  client = clientAt(served.listener.url);
});
afterAll(async () => {
  client.close();
  await served.listener.close();
});

function clientAt(endpoint: string, env: Record<string, string> = ENV): Client {
  return new Client(endpointOf({ endpoint, region: "eu-west-1" }, env), new RealClock());
}

describe("a request arrives as that of AWS's own client does", () => {
  const requests: { [N in Name]: Calls[N]["input"] } = {
    "lambda.Invoke": {
      FunctionName: "approval",
      Qualifier: "$LATEST",
      InvocationType: "Event",
      LogType: "None",
      DurableExecutionName: "order-7",
      Payload: Buffer.from('{"näme":1}'),
    },
    "lambda.ListFunctions": { Marker: "a marker/+=" },
    "lambda.ListDurableExecutionsByFunction": {
      FunctionName: "approval",
      DurableExecutionName: "order-7",
      Qualifier: "7",
      Statuses: ["RUNNING", "FAILED"],
      StartedAfter: 1_893_456_000_000,
      StartedBefore: 1_893_456_001_123,
      ReverseOrder: true,
      MaxItems: 7,
      Marker: "m",
    },
    "lambda.GetDurableExecution": { DurableExecutionArn: arn },
    "lambda.GetDurableExecutionHistory": {
      DurableExecutionArn: arn,
      ReverseOrder: true,
      MaxItems: 1000,
      Marker: "m",
    },
    "lambda.SendDurableExecutionCallbackSuccess": {
      CallbackId: "Q0I+/w==",
      Result: Buffer.from('{"approved":true}'),
    },
    "lambda.SendDurableExecutionCallbackFailure": {
      CallbackId: "Q0I=",
      Error: { ErrorType: "E", ErrorMessage: "no" },
    },
    "lambda.SendDurableExecutionCallbackHeartbeat": { CallbackId: "Q0I=" },
    "lambda.StopDurableExecution": {
      DurableExecutionArn: arn,
      Error: { ErrorType: "E", ErrorMessage: "no" },
    },
    "lambda.GetFunctionConfiguration": { FunctionName: "approval", Qualifier: "7" },
    "logs.CreateLogGroup": { logGroupName: "/aws/lambda/approval" },
    "logs.FilterLogEvents": {
      logGroupName: "/aws/lambda/approval",
      startTime: 1,
      endTime: 2,
      filterPattern: '"näme"',
      startFromHead: false,
      nextToken: "n",
    },
  };

  const commands: { [N in Name]: unknown } = {
    "lambda.Invoke": aws.InvokeCommand,
    "lambda.ListFunctions": aws.ListFunctionsCommand,
    "lambda.ListDurableExecutionsByFunction": aws.ListDurableExecutionsByFunctionCommand,
    "lambda.GetDurableExecution": aws.GetDurableExecutionCommand,
    "lambda.GetDurableExecutionHistory": aws.GetDurableExecutionHistoryCommand,
    "lambda.SendDurableExecutionCallbackSuccess": aws.SendDurableExecutionCallbackSuccessCommand,
    "lambda.SendDurableExecutionCallbackFailure": aws.SendDurableExecutionCallbackFailureCommand,
    "lambda.SendDurableExecutionCallbackHeartbeat": aws.SendDurableExecutionCallbackHeartbeatCommand,
    "lambda.StopDurableExecution": aws.StopDurableExecutionCommand,
    "lambda.GetFunctionConfiguration": aws.GetFunctionConfigurationCommand,
    "logs.CreateLogGroup": logs.CreateLogGroupCommand,
    "logs.FilterLogEvents": logs.FilterLogEventsCommand,
  };

  test.for(Object.keys(requests) as Name[])("%s", async (name) => {
    const Client = name.startsWith("logs.") ? logs.CloudWatchLogsClient : aws.LambdaClient;
    const sdk = new Client(clientOptions(served.listener));
    const Command = commands[name] as new (input: unknown) => never;
    served.reply = () => ({ Events: [], StopTimestamp: 0 });
    served.calls.length = 0;

    await sdk.send(new Command(dated(requests[name])));
    await client.call(name, requests[name] as never);

    const [theirs, ours] = served.calls.map(({ operation, context, input }) => {
      return { operation, input, region: context.region };
    });
    expect(ours).toEqual(theirs);
    expect(ours?.input).toMatchObject(requests[name]);
    sdk.destroy();
  });
});

/** AWS's clients take dates where ours takes milliseconds. */
function dated(input: object): object {
  const entries = Object.entries(input).map(([name, value]) => {
    return [name, name.startsWith("Started") ? new Date(value) : value];
  });
  return Object.fromEntries(entries);
}

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
    expect(await client.call("lambda.Invoke", { FunctionName: "f" })).toEqual(answer);
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
    const output = await client.call("lambda.GetDurableExecutionHistory", { DurableExecutionArn: arn });
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
      const failure = client.call("lambda.GetDurableExecution", { DurableExecutionArn: arn });
      await expect(failure).rejects.toMatchObject({
        name: "CliError",
        code,
        message: "No such luck.",
        exitCode,
      });
    },
  );
});

describe("a server that asks for signatures", () => {
  async function refusalWith(env: Record<string, string>): Promise<unknown> {
    const other = clientAt(served.listener.url, env);
    try {
      return await other.call("lambda.ListFunctions", {}).catch((error: unknown) => error);
    } finally {
      other.close();
    }
  }

  test("refuses a command without a key, which is told where to put one", async () => {
    expect(await refusalWith({ AWS_ACCESS_KEY_ID: KEY.accessKeyId })).toMatchObject({
      code: "IncompleteSignatureException",
      exitCode: EXIT.refused,
      hint: expect.stringContaining("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
    });
  });

  test.for([
    [{ ...ENV, AWS_SECRET_ACCESS_KEY: "another" }, "InvalidSignatureException"],
    [{ ...ENV, AWS_SESSION_TOKEN: "another" }, "UnrecognizedClientException"],
  ] as const)("refuses a key that is not one of its own: %s", async ([env, code]) => {
    expect(await refusalWith(env)).toMatchObject({ code, hint: undefined });
  });
});

describe("when Stepwell is not what answers", () => {
  async function against(listener: RequestListener): Promise<unknown> {
    const server = createServer(listener).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const other = clientAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    try {
      return await other.call("lambda.ListFunctions", {}).catch((error: unknown) => error);
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
    await expect(other.call("lambda.ListFunctions", {})).rejects.toMatchObject({
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
