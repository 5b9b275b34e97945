import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { AwsError, NewerData, notSupported } from "../kernel/errors.ts";
import type { ByteStream } from "../kernel/schema/shape.ts";
import { jsonOf, request, signedFor } from "./fixtures/request.ts";
import { serveRecording } from "./fixtures/served.ts";

const INVOKE = "POST /2015-03-31/functions/greet/invocations";

describe("a request finds its operation", () => {
  test("by the path alone, as curl sends it", async () => {
    const served = serveRecording();
    await served.handle(request(INVOKE, { body: "{}" }));
    expect(served.calls).toMatchObject([
      {
        operation: "lambda.Invoke",
        input: { FunctionName: "greet", Payload: Buffer.from("{}") },
        context: {
          account: "000000000000",
          region: "us-east-1",
          principal: "arn:aws:iam::000000000000:root",
        },
      },
    ]);
  });

  test("with the region of its signature", async () => {
    const served = serveRecording();
    await served.handle(request(INVOKE, { headers: signedFor("lambda", "ap-southeast-2") }));
    expect(served.calls[0]?.context.region).toBe("ap-southeast-2");
  });

  test("with the region of a presigned URL", async () => {
    const served = serveRecording();
    const credential = encodeURIComponent("AKIDEXAMPLE/20300101/sa-east-1/lambda/aws4_request");
    await served.handle(request(`${INVOKE}?X-Amz-Credential=${credential}`));
    expect(served.calls[0]?.context.region).toBe("sa-east-1");
  });

  test("by its target", async () => {
    const served = serveRecording();
    const headers = { "x-amz-target": "AWSStepFunctions.ListStateMachines" };
    const response = await served.handle(request("POST /", { headers, body: "{}" }));
    expect(served.calls[0]?.operation).toBe("states.ListStateMachines");
    expect(response).toMatchObject({
      status: 200,
      headers: { "content-type": "application/x-amz-json-1.0" },
    });
  });

  test("each answer has a request id, the one that the operation sees", async () => {
    const served = serveRecording();
    const response = await served.handle(request(INVOKE));
    expect(response.headers["x-amzn-requestid"]).toBe(served.calls[0]?.context.requestId);
  });

  test("health", async () => {
    const response = await serveRecording().handle(request("GET /_stepwell/health"));
    expect([response.status, jsonOf(response)]).toEqual([200, { status: "ok" }]);
  });
});

describe("a request for what Stepwell does not have is told so by name", () => {
  test.for([
    [
      "an unknown path",
      request("GET /nothing/here"),
      404,
      "Nothing is at GET /nothing/here. Stepwell serves the APIs of: lambda, logs, events, scheduler, secretsmanager, sns, sqs, ssm, states, sts, stepwell.",
    ],
    [
      "an unknown path of a known service",
      request("GET /2015-03-31/nothing", { headers: signedFor("lambda") }),
      404,
      "Stepwell's lambda has no operation at GET /2015-03-31/nothing.",
    ],
    [
      "a method that the path does not have",
      request("PATCH /2015-03-31/functions/greet", { headers: signedFor("lambda") }),
      404,
      "Stepwell's lambda has no operation at PATCH /2015-03-31/functions/greet.",
    ],
    [
      "a service",
      request("POST /", { headers: signedFor("kinesis") }),
      501,
      "Stepwell does not have the service kinesis. It has: lambda, logs, events, scheduler, secretsmanager, sns, sqs, ssm, states, sts, stepwell.",
    ],
    [
      "a target",
      request("POST /", { headers: { "x-amz-target": "Kinesis_20131202.PutRecord" } }),
      501,
      "Stepwell does not have the target Kinesis_20131202.PutRecord. It has: lambda, logs, events, scheduler, secretsmanager, sns, sqs, ssm, states, sts, stepwell.",
    ],
    [
      "no target where one is needed",
      request("POST /", { headers: signedFor("states") }),
      400,
      "A request to states names its operation in the header X-Amz-Target; this one has none.",
    ],
  ] as const)("%s", async ([, asked, status, message]) => {
    const served = serveRecording();
    const response = await served.handle(asked);
    expect(response.status).toBe(status);
    expect(response.headers["x-amzn-errortype"]).toBe("UnknownOperationException");
    expect(jsonOf(response)).toMatchObject({ message });
    expect(served.calls).toEqual([]);
  });
});

describe("a body that cannot be read is refused, and nothing is called", () => {
  const CHECKPOINT =
    "POST /2025-12-01/durable-executions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af%3A1%2Fdurable-execution%2Fa%2Fb/checkpoint";

  test.for([
    ["text that is not JSON", "{CheckpointToken: 1}", /^The request's body is not JSON: .+\.$/],
    ["JSON that ends too early", '{"CheckpointToken":"x"', /^The request's body is not JSON: .+\.$/],
    ["a list", "[]", /^Start of list found where not expected$/],
    ["a text", '"x"', /^The request's body is JSON, but not an object\.$/],
    ["null", "null", /^The request's body is JSON, but not an object\.$/],
    ["a member of a wrong type", '{"CheckpointToken":5}', /^NUMBER_VALUE can not be converted to a String$/],
    ["a list of a wrong type", '{"CheckpointToken":"x","Updates":"x"}', /^Expected list or null$/],
  ] as const)("%s", async ([, body, message]) => {
    const served = serveRecording();
    const response = await served.handle(request(CHECKPOINT, { body }));
    expect(response.status).toBe(400);
    expect(response.headers["x-amzn-errortype"]).toBe("SerializationException");
    expect(jsonOf(response)).toEqual({ message: expect.stringMatching(message) });
    expect(served.calls).toEqual([]);
  });

  test("aws-json names the error in the body", async () => {
    const headers = { "x-amz-target": "AWSStepFunctions.DescribeStateMachine" };
    const response = await serveRecording().handle(
      request("POST /", { headers, body: '{"stateMachineArn":true}' }),
    );
    expect(jsonOf(response)).toEqual({
      __type: "SerializationException",
      message: "TRUE_VALUE can not be converted to a String",
    });
  });

  test("constraints are checked before the operation runs", async () => {
    const served = serveRecording();
    const response = await served.handle(request("GET /2015-03-31/functions?MaxItems=0"));
    expect(response.headers["x-amzn-errortype"]).toBe("ValidationException");
    expect(jsonOf(response)).toEqual({
      message:
        "1 validation error detected: Value '0' at 'maxItems' failed to satisfy constraint: " +
        "Member must have value greater than or equal to 1",
    });
    expect(served.calls).toEqual([]);
  });

  test("a query parameter that is no number, a path that is not UTF-8", async () => {
    const served = serveRecording();
    const number = await served.handle(request("GET /2015-03-31/functions?MaxItems=many"));
    expect(jsonOf(number)).toEqual({ message: "STRING_VALUE can not be converted to an Integer" });
    const path = await served.handle(request("GET /2015-03-31/functions/%E0%A4%A"));
    expect(jsonOf(path)).toEqual({ message: "The path's part '%E0%A4%A' is not percent-encoded UTF-8." });
    expect(served.calls).toEqual([]);
  });

  test("an encoding that Stepwell does not undo is named, and nothing is stored", async () => {
    const served = serveRecording();
    const encoded: Record<string, string>[] = [
      { "content-encoding": "aws-chunked", "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER" },
      { "content-encoding": "gzip" },
    ];
    for (const headers of encoded) {
      const response = await served.handle(request(INVOKE, { headers, body: "5\r\nhello\r\n0\r\n\r\n" }));
      expect(response.status).toBe(501);
      expect(jsonOf(response)).toMatchObject({
        message: expect.stringMatching(
          /with the content encoding (aws-chunked \(STREAMING-.*\)|gzip)\. Send it plain/,
        ),
      });
    }
    expect(served.calls).toEqual([]);
  });
});

describe("size limits", () => {
  const limits = [
    ["a synchronous invoke", {}, 6_291_456],
    ["an asynchronous invoke", { "x-amz-invocation-type": "Event" }, 1_048_576],
  ] as const;

  test.for(limits)("%s may have a payload up to AWS's limit, and no more", async ([, headers, bytes]) => {
    const served = serveRecording();
    const fits = await served.handle(request(INVOKE, { headers, body: Buffer.alloc(bytes, "1") }));
    expect(fits.status).toBe(200);

    const tooLong = await served.handle(request(INVOKE, { headers, body: Buffer.alloc(bytes + 1, "1") }));
    expect(tooLong.status).toBe(413);
    expect(tooLong.headers["x-amzn-errortype"]).toBe("RequestEntityTooLargeException");
    expect(jsonOf(tooLong)).toEqual({
      message: `Request must be smaller than ${bytes} bytes for the InvokeFunction operation`,
    });
    expect(served.calls).toHaveLength(1);
  });

  test("a body whose length nobody told is read no further than the limit", async () => {
    let sent = 0;
    const endless = new Readable({
      read() {
        sent += 65_536;
        this.push(Buffer.alloc(65_536));
      },
    });
    const response = await serveRecording().handle(request(INVOKE, { body: endless }));
    expect(response.status).toBe(413);
    expect(sent).toBeLessThan(7_000_000);
  });

  test("a body that announces too great a length is not read at all", async () => {
    const unread = new Readable({ read: () => expect.unreachable() });
    const headers = { "content-length": "6291457" };
    const response = await serveRecording().handle(request(INVOKE, { headers, body: unread }));
    expect(response.status).toBe(413);
  });
});

describe("a streamed body", () => {
  const INVOKE_ASYNC = "POST /2014-11-13/functions/greet/invoke-async";

  test("reaches the operation as a stream with its length, where that is known", async () => {
    const served = serveRecording();
    const got: unknown[] = [];
    served.reply = async (_context, input) => {
      const { InvokeArgs } = input as { InvokeArgs: ByteStream };
      got.push(InvokeArgs.lengthBytes, await text(InvokeArgs));
    };
    await served.handle(
      request(INVOKE_ASYNC, {
        headers: { "content-length": "5" },
        body: Readable.from([Buffer.from("hello")]),
      }),
    );
    await served.handle(
      request(INVOKE_ASYNC, { body: Readable.from([Buffer.from("he"), Buffer.from("llo")]) }),
    );
    expect(got).toEqual([5, "hello", undefined, "hello"]);
  });

  test("that is too long is refused, at once if its length is known", async () => {
    const served = serveRecording();
    served.reply = async (_context, input) =>
      void (await text((input as { InvokeArgs: ByteStream }).InvokeArgs));
    const announced = await served.handle(
      request(INVOKE_ASYNC, { headers: { "content-length": "1048577" }, body: Readable.from([]) }),
    );
    expect([announced.status, served.calls.length]).toEqual([413, 0]);
    const found = await served.handle(
      request(INVOKE_ASYNC, { body: Readable.from([Buffer.alloc(1_048_577)]) }),
    );
    expect(found.status).toBe(413);
  });
});

describe("errors", () => {
  test("of Lambda say in the header what and in the body whose fault", async () => {
    const served = serveRecording();
    served.reply = () => {
      throw new AwsError("ResourceNotFoundException", "Function not found: greet", { httpStatus: 404 });
    };
    const response = await served.handle(request(INVOKE));
    expect(response.status).toBe(404);
    expect(response.headers["x-amzn-errortype"]).toBe("ResourceNotFoundException");
    expect(jsonOf(response)).toEqual({ Type: "User", Message: "Function not found: greet" });
  });

  test("some members of an error travel as headers", async () => {
    const served = serveRecording();
    served.reply = () => {
      throw new AwsError("TooManyRequestsException", "Rate Exceeded.", {
        httpStatus: 429,
        fields: { retryAfterSeconds: "3", Reason: "CallerRateLimitExceeded" },
      });
    };
    const response = await served.handle(request(INVOKE));
    expect(response.headers["retry-after"]).toBe("3");
    expect(jsonOf(response)).toEqual({
      Type: "User",
      message: "Rate Exceeded.",
      Reason: "CallerRateLimitExceeded",
    });
  });

  test("that the model does not have keep their code and message", async () => {
    const served = serveRecording();
    served.reply = () => {
      throw notSupported("container images", "Use a zip.");
    };
    const response = await served.handle(request(INVOKE));
    expect([response.status, response.headers["x-amzn-errortype"]]).toEqual([501, "NotSupportedException"]);
    expect(jsonOf(response)).toEqual({ message: "Stepwell does not support container images. Use a zip." });
  });

  test("inside Stepwell are a ServiceException that tells no secrets", async () => {
    const served = serveRecording();
    served.reply = () => {
      throw new Error("password=hunter2");
    };
    const response = await served.handle(request(INVOKE));
    expect(response.status).toBe(500);
    expect(jsonOf(response)).toEqual({
      Type: "Service",
      Message: "lambda.Invoke failed inside Stepwell; its log says why.",
    });
  });

  test("over data of a newer version send the client to another node", async () => {
    const served = serveRecording();
    served.reply = () => {
      throw new NewerData("A journal has a row of kind TopicStarted: a newer Stepwell has written it.");
    };
    const response = await served.handle(request(INVOKE));
    expect(response.status).toBe(503);
    expect(jsonOf(response)).toMatchObject({
      Message: expect.stringMatching(
        /cannot be answered by this node.*TopicStarted.*Ask a node of that version/,
      ),
    });
  });

  test("an output that cannot be encoded is one of those too", async () => {
    const served = serveRecording();
    served.reply = () => ({ Functions: "none" });
    const response = await served.handle(request("GET /2015-03-31/functions"));
    expect(response.status).toBe(500);
    expect(jsonOf(response)).toMatchObject({ Type: "Service" });
  });
});

describe("answers", () => {
  test("a function's result is the body as it is, labelled as JSON", async () => {
    const served = serveRecording();
    served.reply = () => ({ StatusCode: 200, Payload: Buffer.from('{"a":1}'), ExecutedVersion: "7" });
    const response = await served.handle(request(INVOKE));
    expect(response).toMatchObject({
      status: 200,
      headers: { "content-type": "application/json", "x-amz-executed-version": "7" },
      body: Buffer.from('{"a":1}'),
    });
  });

  test("the status is the operation's when its output has one", async () => {
    const served = serveRecording();
    served.reply = () => ({ StatusCode: 202 });
    expect((await served.handle(request(INVOKE))).status).toBe(202);
    served.reply = () => ({ StatusCode: 204 });
    expect(await served.handle(request("DELETE /2015-03-31/functions/greet"))).toMatchObject({
      status: 204,
      body: "",
    });
  });

  test("a failure in the middle of an event stream is its last event", async () => {
    const served = serveRecording();
    served.reply = () => ({
      EventStream: (async function* () {
        yield { PayloadChunk: { Payload: Buffer.from("a") } };
        throw new AwsError("ServiceException", "The instance is gone.", { httpStatus: 500 });
      })(),
    });
    const response = await served.handle(
      request("POST /2021-11-15/functions/f/response-streaming-invocations"),
    );
    const events: string[] = [];
    for await (const event of response.body as AsyncIterable<Uint8Array>)
      events.push(Buffer.from(event).toString("latin1"));
    expect(events).toHaveLength(2);
    expect(events[1]).toMatch(/:error-code.*ServiceException.*:error-message.*The instance is gone\./s);
  });
});
