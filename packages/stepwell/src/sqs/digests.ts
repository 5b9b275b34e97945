import { createHash, hash } from "node:crypto";
import type { MessageAttribute } from "./message.ts";

/** Hexadecimal MD5, by which clients of SQS check what they get. */
export function md5(text: string): string {
  return hash("md5", text);
}

/** Hexadecimal SHA-256: what ContentBasedDeduplication takes for a message's id. */
export function sha256(text: string): string {
  return hash("sha256", text);
}

/**
 * The digest of message attributes: sorted by name, each as name, type and value with their lengths, and a byte that
 * says whether the value is text (1) or bytes (2).
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
 */
export function md5OfAttributes(attributes: Readonly<Record<string, MessageAttribute>>): string {
  const digest = createHash("md5");
  const add = (value: string | Uint8Array): void => {
    const bytes = typeof value === "string" ? Buffer.from(value) : value;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.byteLength);
    digest.update(length).update(bytes);
  };
  for (const name of Object.keys(attributes).sort()) {
    const { DataType, StringValue, BinaryValue } = attributes[name]!;
    add(name);
    add(DataType);
    digest.update(BinaryValue === undefined ? TEXT : BYTES);
    add(BinaryValue ?? StringValue ?? "");
  }
  return digest.digest("hex");
}

const TEXT = Buffer.from([1]);
const BYTES = Buffer.from([2]);
