import type { Mapping } from "../mapping.ts";
import type { QueueMessage, QueueMessageAttribute } from "./queue.ts";

/**
 * A message as its function gets it, in the array `Records`
 * (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event).
 */
export interface QueueRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, object>>;
  /** Absent without message attributes; null where there is a batching window, which AWS handles in a way of its own. */
  readonly md5OfMessageAttributes?: string | null;
  readonly md5OfBody: string;
  readonly eventSource: "aws:sqs";
  readonly eventSourceARN: string;
  readonly awsRegion: string;
}

export function toRecord(message: QueueMessage, { sourceArn, settings }: Mapping): QueueRecord {
  const { MessageAttributes = {}, MD5OfMessageAttributes } = message;
  const messageAttributes = Object.entries(MessageAttributes).map(([name, one]) => [name, attribute(one)]);
  const windowed = settings.MaximumBatchingWindowInSeconds > 0;
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes ?? {},
    messageAttributes: Object.fromEntries(messageAttributes),
    ...(MD5OfMessageAttributes !== undefined && { md5OfMessageAttributes: MD5OfMessageAttributes }),
    ...(MD5OfMessageAttributes === undefined && windowed && { md5OfMessageAttributes: null }),
    md5OfBody: message.MD5OfBody,
    eventSource: "aws:sqs",
    eventSourceARN: sourceArn,
    awsRegion: sourceArn.split(":")[3]!,
  };
}

function attribute({ DataType, StringValue, BinaryValue }: QueueMessageAttribute): object {
  return {
    ...(StringValue !== undefined && { stringValue: StringValue }),
    ...(BinaryValue !== undefined && { binaryValue: Buffer.from(BinaryValue).toString("base64") }),
    stringListValues: [],
    binaryListValues: [],
    dataType: DataType,
  };
}
