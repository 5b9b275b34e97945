import { missingParameter, receiptHandleIsInvalid } from "./errors.ts";
import type { MessageKey, ReceivedMessage } from "./table/messages.ts";

/** What a receipt handle says: which message, and which receipt of it. */
export interface Receipt extends MessageKey {
  readonly queue: number;
  readonly receiveCount: number;
  /** In FIFO queues. */
  readonly groupId?: string;
}

export function encodeReceipt(queue: number, message: ReceivedMessage): string {
  const { row, messageId, receiveCount, groupId } = message;
  const text = `${queue.toString(36)} ${row.toString(36)} ${messageId} ${receiveCount} ${groupId ?? ""}`;
  return Buffer.from(text).toString("base64");
}

const RECEIPT = /^([0-9a-z]{1,11}) ([0-9a-z]{1,11}) ([0-9a-f-]{36}) (\d{1,9}) (\S{0,128})$/;

/** Throws ReceiptHandleIsInvalid for what is none, or belongs to another queue. */
export function decodeReceipt(handle: string | undefined, queue: number): Receipt {
  if (!handle?.trim()) throw missingParameter("ReceiptHandle");
  const match = RECEIPT.exec(Buffer.from(handle, "base64").toString());
  if (!match || Number.parseInt(match[1]!, 36) !== queue) throw receiptHandleIsInvalid(handle);
  return {
    queue,
    row: Number.parseInt(match[2]!, 36),
    messageId: match[3]!,
    receiveCount: Number(match[4]),
    ...(match[5] === "" ? {} : { groupId: match[5]! }),
  };
}
