import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  TagResourceCommand,
} from "@aws-sdk/client-lambda";
import { ListTopicsCommand, SNSClient, type SNSClientConfig } from "@aws-sdk/client-sns";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { RealClock, VirtualClock } from "../../kernel/clock.ts";
import { jsonOf, request } from "../fixtures/request.ts";
import { clientOptions, listenRecording, serveRecording } from "../fixtures/served.ts";
import { SignatureVerifier } from "./verifier.ts";

const KEY = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
const TEMPORARY = { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "other", sessionToken: "the/token==" };
const keys = [KEY, TEMPORARY];
const INVALID_TOKEN = "The security token included in the request is invalid.";
const ARN = "arn:aws:lambda:eu-west-1:000000000000:function:a-b";

let served: Awaited<ReturnType<typeof listenRecording>>;
beforeAll(async () => {
  served = await listenRecording(new SignatureVerifier({ keys, clocks: [new RealClock()] }));
});
afterAll(() => served.listener.close());
beforeEach(() => {
  served.calls.length = 0;
});

/** The client's own signer, which its types do not tell of. */
interface Presigner {
  presign(request: object, options: object): Promise<{ readonly query: Record<string, string> }>;
}

type Options = Partial<ConstructorParameters<typeof LambdaClient>[0]>;

function lambda(options: Options = {}): LambdaClient {
  return new LambdaClient({ ...clientOptions(served.listener), ...options });
}

function logs(options: Options = {}): CloudWatchLogsClient {
  return new CloudWatchLogsClient({ ...clientOptions(served.listener), ...options });
}

function topics(options: Options = {}): SNSClient {
  return new SNSClient({ ...clientOptions(served.listener), ...options } as SNSClientConfig);
}

async function refusalOf(sending: Promise<unknown>) {
  const error = await sending.then(
    () => undefined,
    (error) => error,
  );
  expect(served.calls).toEqual([]);
  return { code: error.name, status: error.$metadata.httpStatusCode, message: error.message as string };
}

describe("AWS's client with a key of the server's", () => {
  test.for([
    ["a body", new InvokeCommand({ FunctionName: "f", Payload: Buffer.from('{"näme":"é & +"}') })],
    ["no body", new ListFunctionsCommand({ Marker: "a b+/=&ü*'()~" })],
    ["an ARN in its path", new GetFunctionCommand({ FunctionName: `${ARN}:live` })],
    ["an ARN in its path and a body", new TagResourceCommand({ Resource: ARN, Tags: { "a b": "c" } })],
  ] as const)("is served: %s", async ([, command]) => {
    await lambda().send(command as never);
    expect(served.calls).toHaveLength(1);
  });

  test("is served over aws-json", async () => {
    await logs().send(new DescribeLogGroupsCommand({}));
    expect(served.calls).toMatchObject([{ operation: "logs.DescribeLogGroups" }]);
  });

  test("is served with temporary credentials", async () => {
    await lambda({ credentials: TEMPORARY }).send(new ListFunctionsCommand({}));
    expect(served.calls).toHaveLength(1);
  });
});

describe("is refused as AWS refuses it", () => {
  test.for<[string, { accessKeyId: string; secretAccessKey: string; sessionToken?: string | undefined }]>([
    ["another key", { ...KEY, accessKeyId: "AKIDOTHER" }],
    ["temporary credentials without their token", { ...TEMPORARY, sessionToken: undefined }],
    ["temporary credentials with another token", { ...TEMPORARY, sessionToken: "another" }],
    ["a token with a key that has none", { ...KEY, sessionToken: "another" }],
  ])("%s", async ([, { sessionToken, ...key }]) => {
    const credentials = sessionToken === undefined ? key : { ...key, sessionToken };
    const code = "UnrecognizedClientException";
    expect(await refusalOf(lambda({ credentials }).send(new ListFunctionsCommand({})))).toEqual({
      ...{ code, status: 403, message: INVALID_TOKEN },
    });
    expect(await refusalOf(logs({ credentials }).send(new DescribeLogGroupsCommand({})))).toEqual({
      ...{ code, status: 400, message: INVALID_TOKEN },
    });
    expect(await refusalOf(topics({ credentials }).send(new ListTopicsCommand({})))).toEqual({
      ...{ code: "InvalidClientTokenId", status: 403, message: INVALID_TOKEN },
    });
  });

  test("another secret, and none at all, over Query", async () => {
    const credentials = { ...KEY, secretAccessKey: "another" };
    expect(await refusalOf(topics({ credentials }).send(new ListTopicsCommand({})))).toMatchObject({
      ...{ code: "SignatureDoesNotMatch", status: 403 },
    });
    const unsigned = await fetch(`${served.listener.url}/?Action=ListTopics&Version=2010-03-31`);
    expect(unsigned.status).toBe(403);
    expect(await unsigned.text()).toContain(
      "<Code>MissingAuthenticationToken</Code><Message>Request is missing Authentication Token</Message>",
    );
  });

  test("another secret", async () => {
    const credentials = { ...KEY, secretAccessKey: "another" };
    const refusal = await refusalOf(lambda({ credentials }).send(new ListFunctionsCommand({})));
    expect(refusal).toMatchObject({ code: "InvalidSignatureException", status: 403 });
    expect(refusal.message).toMatch(
      /^The request signature we calculated does not match the signature you provided\. Check your AWS Secret Access Key and signing method\. Consult the service documentation for details\.\n\nThe Canonical String for this request should have been\n'GET\n\/2015-03-31\/functions\n/,
    );
  });

  test("a body that was changed on its way", async () => {
    const client = lambda();
    client.middlewareStack.add(
      (next) => (args) => {
        (args.request as { body: unknown }).body = '{"amount":1000}';
        return next(args);
      },
      { step: "deserialize", priority: "low" },
    );
    const command = new InvokeCommand({ FunctionName: "f", Payload: Buffer.from('{"amount":9999}') });
    expect(await refusalOf(client.send(command))).toMatchObject({ code: "InvalidSignatureException" });
  });

  test("a clock that is 6 minutes behind", async () => {
    const client = lambda({ systemClockOffset: -6 * 60_000 });
    const refusal = await refusalOf(client.send(new ListFunctionsCommand({})));
    expect(refusal).toMatchObject({ code: "InvalidSignatureException", status: 403 });
    expect(refusal.message).toMatch(
      /^Signature expired: (\d{8}T\d{6}Z) is now earlier than \S+ \(\S+ - 5 min\.\)$/,
    );
  });

  test("a clock that is 6 minutes ahead", async () => {
    const client = lambda({ systemClockOffset: 6 * 60_000 });
    const refusal = await refusalOf(client.send(new ListFunctionsCommand({})));
    expect(refusal.message).toMatch(
      /^Signature not yet current: \S+ is still later than \S+ \(\S+ \+ 5 min\.\)$/,
    );
  });
});

test("where time is virtual, both those who know it and those who do not are served", async () => {
  const virtual = new VirtualClock();
  virtual.moveTo(Date.UTC(2040, 0, 1));
  const verifier = new SignatureVerifier({ keys, clocks: [virtual, new RealClock()] });
  await using node = await listenRecording(verifier);
  const systemClockOffset = virtual.now() - Date.now();
  for (const options of [{}, { systemClockOffset }]) {
    await new LambdaClient({ ...clientOptions(node.listener), ...options }).send(
      new ListFunctionsCommand({}),
    );
  }
  expect(node.calls).toHaveLength(2);
});

describe("a presigned request", () => {
  /** As AWS's own signer presigns it. */
  async function presigned(expiresIn: number, signingDate = new Date()): Promise<URL> {
    const client = lambda();
    let url: URL | undefined;
    client.middlewareStack.add(
      () => async (args) => {
        const { method, protocol, hostname, port, path } = args.request as Record<string, never>;
        const signer = (await client.config.signer()) as unknown as Presigner;
        const plain = { method, protocol, hostname, port, path, query: { MaxItems: "3" } };
        const headers = { host: `${hostname}:${port}` };
        const { query } = await signer.presign({ ...plain, headers }, { expiresIn, signingDate });
        url = new URL(`${served.listener.url}${path}?${new URLSearchParams(query)}`);
        return { output: { $metadata: {} }, response: {} };
      },
      { step: "build" },
    );
    await client.send(new ListFunctionsCommand({}));
    return url!;
  }

  test("is served until it expires", async () => {
    const earlier = new Date(Date.now() - 30 * 60_000);
    expect((await fetch(await presigned(3600, earlier))).status).toBe(200);
    expect(served.calls).toMatchObject([{ input: { MaxItems: 3 } }]);

    const late = await fetch(await presigned(600, earlier));
    expect(late.status).toBe(403);
    expect(await late.json()).toMatchObject({
      message: expect.stringMatching(/^Signature expired: .* - 10 min\.\)$/),
    });
    expect(served.calls).toHaveLength(1);
  });

  test("cannot be changed", async () => {
    const url = await presigned(600);
    url.searchParams.set("MaxItems", "4");
    expect((await fetch(url)).headers.get("x-amzn-errortype")).toBe("InvalidSignatureException");
    url.searchParams.set("X-Amz-Expires", "604801");
    expect(await (await fetch(url)).json()).toMatchObject({
      message: expect.stringContaining("X-Amz-Expires must be less than a week (in seconds)"),
    });
    url.searchParams.delete("X-Amz-Signature");
    expect(await (await fetch(url)).json()).toMatchObject({
      message:
        "AWS query-string parameters must include 'X-Amz-Signature'. Re-examine the query-string parameters.",
    });
    expect(served.calls).toEqual([]);
  });
});

/** Without sockets: requests that no client would send, on a day when the clock says noon. */
describe("a header that", () => {
  const clock = new VirtualClock(Date.UTC(2030, 0, 1, 12));
  const wire = serveRecording(new SignatureVerifier({ keys, clocks: [clock] }));
  const DATE = "20300101T120000Z";
  const CREDENTIAL = "AKIDEXAMPLE/20300101/us-east-1/lambda/aws4_request";

  async function ask(authorization: string | undefined, more: Record<string, string> = {}) {
    wire.calls.length = 0;
    const headers = {
      host: "here",
      "x-amz-date": DATE,
      ...more,
      ...(authorization === undefined ? {} : { authorization }),
    };
    const response = await wire.handle(request("GET /2015-03-31/functions/", { headers }));
    expect(wire.calls).toEqual([]);
    const { message } = jsonOf(response) as { message: string };
    return { status: response.status, code: response.headers["x-amzn-errortype"], message };
  }

  const signed = (
    parts: { algorithm?: string; credential?: string; names?: string; signature?: string } = {},
  ) =>
    `${parts.algorithm ?? "AWS4-HMAC-SHA256"} Credential=${parts.credential ?? CREDENTIAL}, ` +
    `SignedHeaders=${parts.names ?? "host;x-amz-date"}, Signature=${parts.signature ?? "0".repeat(64)}`;

  test.for<[string, string | undefined, Record<string, string>, string, string]>([
    ["is not there", undefined, {}, "MissingAuthenticationTokenException", "Missing Authentication Token"],
    [
      "is a token of another kind",
      "eyJhbGciOi",
      {},
      "IncompleteSignatureException",
      "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. (Hashed with SHA-256 and encoded with Base64) Authorization=oHM4bZfinOqZD0V3x69dQ7EzwPSFxnnwY0urBN6hrpY=",
    ],
    [
      "has a pair without a value",
      "Bearer secret",
      {},
      "IncompleteSignatureException",
      "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): 'v/3iBBM0e3oA4TY94/l8pp5BncCupV9KSnUBj6s6Do4='.",
    ],
    [
      "is of Signature Version 4A",
      signed({ algorithm: "AWS4-ECDSA-P256-SHA256", credential: "AKIDEXAMPLE/20300101/lambda/aws4_request" }),
      {},
      "IncompleteSignatureException",
      "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256' (only AWS4-HMAC-SHA256 for now). Stepwell does not verify Signature Version 4A.",
    ],
    [
      "has a date that is none",
      signed(),
      { "x-amz-date": "20300199T000000Z" },
      "IncompleteSignatureException",
      "Date must be in ISO-8601 'basic format'. Got '20300199T000000Z'. See http://en.wikipedia.org/wiki/ISO_8601",
    ],
    [
      "does not sign the host",
      signed({ names: "x-amz-date" }),
      {},
      "InvalidSignatureException",
      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    ],
    [
      "signs a header that is not there",
      signed({ names: "accept;host;__proto__" }),
      {},
      "InvalidSignatureException",
      "'accept' is named as a SignedHeader, but it does not exist in the HTTP request.",
    ],
    [
      "has a credential without a region",
      signed({ credential: "AKIDEXAMPLE/20300101/lambda/aws4_request" }),
      {},
      "IncompleteSignatureException",
      "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AKIDEXAMPLE/20300101/lambda/aws4_request'",
    ],
    [
      "is for something else",
      signed({ credential: "AKIDEXAMPLE/20291231/A/states/aws5_request" }),
      {},
      "InvalidSignatureException",
      "Credential should be scoped to a valid region, not 'A'. Credential should be scoped to correct service: 'lambda'. Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'. Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20291231' != '20300101', from '20300101T120000Z'.",
    ],
  ])("%s is refused", async ([, authorization, more, code, message]) => {
    expect(await ask(authorization, more)).toEqual({ status: 403, code, message });
  });

  test("is dated as HTTP dates is understood", async () => {
    const date = { "x-amz-date": "", date: "Tue, 01 Jan 2030 12:00:00 GMT" };
    expect((await ask(signed({ names: "date;host" }), date)).message).toContain("\n20300101T120000Z\n");
  });

  test("is anything at all never fails inside", async () => {
    const pieces = fc.constantFrom(
      ...["AWS4-HMAC-SHA256", " ", ",", "=", "Credential=", CREDENTIAL, "SignedHeaders=", "host", ";"],
      ...["Signature=", "__proto__", "constructor", "/", "\u0000", "\ud800", "%", "é", "0".repeat(64)],
    );
    const text = fc.oneof(
      fc.array(pieces, { maxLength: 12 }).map((all) => all.join("")),
      fc.string(),
    );
    const query = fc.record({ name: pieces, value: text });
    await fc.assert(
      fc.asyncProperty(text, text, fc.array(query), async (authorization, date, query) => {
        const names = [
          "X-Amz-Algorithm",
          "X-Amz-Credential",
          "X-Amz-Date",
          "X-Amz-SignedHeaders",
          "X-Amz-Signature",
        ];
        const rawQuery = query.map(({ name, value }, i) => `${names[i] ?? name}=${value}`).join("&");
        const headers = { host: "here", "x-amz-date": date || DATE, authorization };
        const asked = { ...request("GET /2015-03-31/functions/", { headers }), rawQuery };
        const response = await wire.handle(asked);
        expect([400, 403, 404, 501]).toContain(response.status);
        expect(wire.calls).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });
});

test("a marker for the body is signed in its place, and a chunked body is refused by name", async () => {
  const client = lambda();
  client.middlewareStack.add(
    (next) => (args) => {
      (args.request as { headers: Record<string, string> }).headers["x-amz-content-sha256"] = marker;
      return next(args);
    },
    { step: "build" },
  );
  let marker = "UNSIGNED-PAYLOAD";
  await client.send(new InvokeCommand({ FunctionName: "f", Payload: Buffer.from("{}") }));
  expect(served.calls).toHaveLength(1);

  served.calls.length = 0;
  marker = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
  const command = new InvokeCommand({ FunctionName: "f", Payload: Buffer.from("{}") });
  expect(await refusalOf(client.send(command))).toMatchObject({ code: "NotImplemented", status: 501 });
});

test("whether the server is up is told to everybody", async () => {
  expect((await fetch(`${served.listener.url}/_stepwell/health`)).status).toBe(200);
});
