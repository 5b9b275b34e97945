import type { Delivery, Target, TargetEvent } from "../kernel/targets.ts";
import { queueDoesNotExist } from "./errors.ts";
import { checkMessage, type MessageAttributes } from "./message.ts";
import type { SqsParts } from "./parts.ts";
import { parseQueueArn } from "./place.ts";
import { sending } from "./send.ts";

/**
 * Delivers events to queues: each becomes a message in its sender's commit. Throws what SendMessage would refuse it
 * with, such as a message without a group for a FIFO queue.
 */
export function queueTarget(parts: SqsParts): Target {
  return async (arn, event): Promise<Delivery> => {
    const key = parseQueueArn(arn);
    if (!key) throw queueDoesNotExist();
    const known = await parts.catalog.require(key);
    // The sender's commit does not ask: in a queue that another node has deleted meanwhile the message would be lost.
    const queue = (await parts.catalog.isThere(known)) ? known : await parts.catalog.require(key);
    const input = {
      MessageBody: event.payload,
      MessageAttributes: attributesOf(event),
      ...(event.message?.groupId !== undefined && { MessageGroupId: event.message.groupId }),
      // Only FIFO queues know such ids; a FIFO topic has one for each of its messages.
      ...(queue.settings.fifo &&
        event.message?.deduplicationId !== undefined && {
          MessageDeduplicationId: event.message.deduplicationId,
        }),
    };
    const { changes, committed } = sending(parts, queue, [checkMessage(queue, input, { id: key.account })]);
    return { changes, committed };
  };
}

function attributesOf({ message }: TargetEvent): MessageAttributes {
  return Object.fromEntries(
    Object.entries(message?.attributes ?? {}).map(([name, { dataType, stringValue, binaryValue }]) => [
      name,
      {
        DataType: dataType,
        ...(stringValue !== undefined && { StringValue: stringValue }),
        ...(binaryValue !== undefined && { BinaryValue: binaryValue }),
      },
    ]),
  );
}
