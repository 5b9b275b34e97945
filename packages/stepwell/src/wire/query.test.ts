import { describe, expect, test } from "vitest";
import { AwsError } from "../kernel/errors.ts";
import { request, signedFor } from "./fixtures/request.ts";
import { serveRecording } from "./fixtures/served.ts";

const QUEUE = "http://127.0.0.1:4566/000000000000/orders";

/** What an old client of SQS sends. */
function form(parameters: Record<string, string>, headers: Record<string, string> = {}) {
  const body = new URLSearchParams({ Version: "2012-11-05", ...parameters }).toString();
  return request("POST /", {
    body,
    headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8", ...headers },
  });
}

describe("SQS understands Query beside JSON", () => {
  test("flat lists and maps arrive whole", async () => {
    const served = serveRecording();
    await served.handle(
      form({
        Action: "SendMessageBatch",
        QueueUrl: QUEUE,
        "SendMessageBatchRequestEntry.2.Id": "b",
        "SendMessageBatchRequestEntry.2.MessageBody": "two",
        "SendMessageBatchRequestEntry.1.Id": "a",
        "SendMessageBatchRequestEntry.1.MessageBody": "one & <more>",
        "SendMessageBatchRequestEntry.1.DelaySeconds": "3",
        "SendMessageBatchRequestEntry.1.MessageAttribute.1.Name": "colour",
        "SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType": "String",
        "SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringValue": "red",
        "SendMessageBatchRequestEntry.1.MessageAttribute.2.Name": "icon",
        "SendMessageBatchRequestEntry.1.MessageAttribute.2.Value.DataType": "Binary",
        "SendMessageBatchRequestEntry.1.MessageAttribute.2.Value.BinaryValue": "AAE=",
      }),
    );
    expect(served.calls).toMatchObject([
      {
        operation: "sqs.SendMessageBatch",
        input: {
          QueueUrl: QUEUE,
          Entries: [
            {
              Id: "a",
              MessageBody: "one & <more>",
              DelaySeconds: 3,
              MessageAttributes: {
                colour: { DataType: "String", StringValue: "red" },
                icon: { DataType: "Binary", BinaryValue: Buffer.from([0, 1]) },
              },
            },
            { Id: "b", MessageBody: "two" },
          ],
        },
      },
    ]);
  });

  test("answers are XML in which any text survives", async () => {
    const served = serveRecording();
    served.reply = () => ({
      Messages: [{ MessageId: "m-1", Body: 'a<b> & "c"\r\n', Attributes: { SentTimestamp: "1" } }],
    });
    const response = await served.handle(form({ Action: "ReceiveMessage", QueueUrl: QUEUE }));
    expect(response).toMatchObject({ status: 200, headers: { "content-type": "text/xml" } });
    expect(response.body).toBe(
      '<?xml version="1.0"?><ReceiveMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">' +
        "<ReceiveMessageResult><Message><MessageId>m-1</MessageId>" +
        "<Body>a&lt;b&gt; &amp; &quot;c&quot;&#xD;\n</Body>" +
        "<Attribute><Name>SentTimestamp</Name><Value>1</Value></Attribute></Message></ReceiveMessageResult>" +
        `<ResponseMetadata><RequestId>${response.headers["x-amzn-requestid"]}</RequestId></ResponseMetadata>` +
        "</ReceiveMessageResponse>",
    );
  });

  test("an error has its old code, which a client of JSON is told in a header", async () => {
    const served = serveRecording();
    served.reply = () => {
      throw new AwsError("QueueDoesNotExist", "The specified queue does not exist.");
    };
    const old = await served.handle(form({ Action: "PurgeQueue", QueueUrl: QUEUE }));
    expect(old.status).toBe(400);
    expect(old.body).toContain(
      "<Error><Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code>" +
        "<Message>The specified queue does not exist.</Message></Error>",
    );
    const json = await served.handle(
      request("POST /", { body: "{}", headers: { "x-amz-target": "AmazonSQS.ListQueues" } }),
    );
    expect(json.headers["x-amzn-query-error"]).toBe("AWS.SimpleQueueService.NonExistentQueue;Sender");
    expect(JSON.parse(json.body as string)).toEqual({
      __type: "com.amazonaws.sqs#QueueDoesNotExist",
      message: "The specified queue does not exist.",
    });
  });
});

describe("a caller of Query that asks for JSON", () => {
  const accept = { accept: "application/json" };

  test("gets what XML would say, with null for what there is not", async () => {
    const served = serveRecording();
    served.reply = () => ({
      Messages: [{ MessageId: "m-1", Body: "<", Attributes: { SentTimestamp: "1" } }],
    });
    const response = await served.handle(form({ Action: "ReceiveMessage", QueueUrl: QUEUE }, accept));
    expect(response).toMatchObject({ status: 200, headers: { "content-type": "application/json" } });
    const absent = {
      MD5OfBody: null,
      MD5OfMessageAttributes: null,
      MessageAttributes: null,
      ReceiptHandle: null,
    };
    const Attributes = [{ Name: "SentTimestamp", Value: "1" }];
    expect(JSON.parse(response.body as string)).toEqual({
      ReceiveMessageResponse: {
        ReceiveMessageResult: { messages: [{ ...absent, MessageId: "m-1", Body: "<", Attributes }] },
        ResponseMetadata: { RequestId: response.headers["x-amzn-requestid"] },
      },
    });
  });

  test("gets times as numbers", async () => {
    const served = serveRecording();
    served.reply = () => ({ Credentials: { AccessKeyId: "a", Expiration: 1_900_000_000_000 } });
    const response = await served.handle(
      form({ Action: "GetSessionToken", Version: "2011-06-15" }, { ...accept, ...signedFor("sts") }),
    );
    const answer = JSON.parse(response.body as string).GetSessionTokenResponse.GetSessionTokenResult;
    expect(answer.Credentials).toMatchObject({ AccessKeyId: "a", Expiration: 1_900_000_000 });
  });

  test("gets no result where there is none, and errors with their old codes", async () => {
    const served = serveRecording();
    const purge = form({ Action: "PurgeQueue", QueueUrl: QUEUE }, accept);
    const done = await served.handle(purge);
    const RequestId = done.headers["x-amzn-requestid"];
    expect(JSON.parse(done.body as string)).toEqual({
      PurgeQueueResponse: { ResponseMetadata: { RequestId } },
    });
    served.reply = () => {
      throw new AwsError("QueueDoesNotExist", "The specified queue does not exist.");
    };
    const failed = await served.handle(purge);
    expect(failed.status).toBe(400);
    expect(JSON.parse(failed.body as string)).toEqual({
      Error: {
        ...{ Code: "AWS.SimpleQueueService.NonExistentQueue", Type: "Sender" },
        Message: "The specified queue does not exist.",
      },
      RequestId: failed.headers["x-amzn-requestid"],
    });
  });
});

test("a link that names an operation works without a signature", async () => {
  const served = serveRecording();
  await served.handle(request("GET /?Action=ConfirmSubscription&TopicArn=arn%3Aaws%3Asns&Token=t", {}));
  expect(served.calls).toMatchObject([
    { operation: "sns.ConfirmSubscription", input: { TopicArn: "arn:aws:sns", Token: "t" } },
  ]);
});

test.each([
  [{ QueueUrl: QUEUE }, "MissingAction"],
  [{ Action: "Teleport" }, "InvalidAction"],
])("%o is refused as %s", async (parameters, code) => {
  const served = serveRecording();
  const credential =
    "AWS4-HMAC-SHA256 Credential=AKID/20300101/us-east-1/sqs/aws4_request, SignedHeaders=host";
  const response = await served.handle(form(parameters, { authorization: credential }));
  expect(response.status).toBe(400);
  expect(response.body).toContain(`<Code>${code}</Code>`);
  expect(served.calls).toEqual([]);
});
