import type { Service, ServiceOptions } from "../kernel/service.ts";
import { QueueCatalog } from "./catalog.ts";
import { checkSqsInput } from "./check.ts";
import { createQueue } from "./create.ts";
import { deleteMessage, deleteMessageBatch } from "./delete.ts";
import { QueueHousekeeping } from "./housekeeping.ts";
import { InFlightLimit, MOST_IN_FLIGHT } from "./in-flight.ts";
import { cancelMessageMoveTask, listMessageMoveTasks, startMessageMoveTask } from "./move/operations.ts";
import { describeMoves, MoveTasks } from "./move/tasks.ts";
import type { SqsParts } from "./parts.ts";
import { addPermission, removePermission } from "./permissions.ts";
import { purgeQueue } from "./purge.ts";
import {
  deleteQueue,
  getQueueAttributes,
  getQueueUrl,
  listDeadLetterSourceQueues,
  listQueues,
  setQueueAttributes,
} from "./queues.ts";
import { receiveMessage } from "./receive.ts";
import { Receivers } from "./receivers.ts";
import { sendMessage } from "./send.ts";
import { sendMessageBatch } from "./send-batch.ts";
import { listQueueTags, tagQueue, untagQueue } from "./tags.ts";
import { queueTarget } from "./target.ts";
import { changeMessageVisibility, changeMessageVisibilityBatch } from "./visibility.ts";
import { findVisible } from "./visible.ts";

/** SQS: queues in the store, from which anybody on any node receives. */
export function createSqsService(options: ServiceOptions, mostInFlight = MOST_IN_FLIGHT): Service {
  const { store, ids, clock, signals, targets, endpointUrl } = options;
  const catalog = new QueueCatalog(store, signals);
  const receivers = new Receivers(options);
  const housekeeping = new QueueHousekeeping(options);
  const inFlight = new InFlightLimit(store, clock, mostInFlight);
  const moveTasks = new MoveTasks(options, () => parts);
  const parts: SqsParts = {
    ...{ store, ids, clock, catalog, receivers, housekeeping, inFlight, moveTasks, endpointUrl },
  };
  targets.add("sqs", queueTarget(parts));
  return {
    name: "sqs",
    operations: {
      AddPermission: (context, input) => addPermission(parts, context, input),
      CancelMessageMoveTask: (context, input) => cancelMessageMoveTask(parts, context, input),
      ChangeMessageVisibility: (context, input) => changeMessageVisibility(parts, context, input),
      ChangeMessageVisibilityBatch: (context, input) => changeMessageVisibilityBatch(parts, context, input),
      CreateQueue: (context, input) => createQueue(parts, context, input),
      DeleteMessage: (context, input) => deleteMessage(parts, context, input),
      DeleteMessageBatch: (context, input) => deleteMessageBatch(parts, context, input),
      DeleteQueue: (context, input) => deleteQueue(parts, context, input),
      GetQueueAttributes: (context, input) => getQueueAttributes(parts, context, input),
      GetQueueUrl: (context, input) => getQueueUrl(parts, context, input),
      ListDeadLetterSourceQueues: (context, input) => listDeadLetterSourceQueues(parts, context, input),
      ListMessageMoveTasks: (context, input) => listMessageMoveTasks(parts, context, input),
      ListQueueTags: (context, input) => listQueueTags(parts, context, input),
      ListQueues: (context, input) => listQueues(parts, context, input),
      PurgeQueue: (context, input) => purgeQueue(parts, context, input),
      ReceiveMessage: (context, input) => receiveMessage(parts, context, input),
      RemovePermission: (context, input) => removePermission(parts, context, input),
      SendMessage: (context, input) => sendMessage(parts, context, input),
      SendMessageBatch: (context, input) => sendMessageBatch(parts, context, input),
      SetQueueAttributes: (context, input) => setQueueAttributes(parts, context, input),
      StartMessageMoveTask: (context, input) => startMessageMoveTask(parts, context, input),
      TagQueue: (context, input) => tagQueue(parts, context, input),
      UntagQueue: (context, input) => untagQueue(parts, context, input),
    },
    check: checkSqsInput,
    describeDue: describeMoves,
    findDue: (untilMs, most) => findVisible(store, clock.now(), untilMs, most),
    drain: () => receivers.close(),
    async close() {
      catalog.close();
      await housekeeping.close();
    },
  };
}
