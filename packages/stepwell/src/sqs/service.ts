import type { Service, ServiceOptions } from "../kernel/service.ts";
import { QueueCatalog } from "./catalog.ts";
import { checkSqsInput } from "./check.ts";
import { createQueue } from "./create.ts";
import { deleteMessage } from "./delete.ts";
import type { SqsParts } from "./parts.ts";
import { receiveMessage } from "./receive.ts";
import { Receivers } from "./receivers.ts";
import { sendMessage } from "./send.ts";
import { queueTarget } from "./target.ts";

/** SQS: queues in the store, from which anybody on any node receives. */
export function createSqsService(options: ServiceOptions): Service {
  const { store, ids, clock, signals, targets, endpointUrl } = options;
  const catalog = new QueueCatalog(store, signals);
  const receivers = new Receivers(options);
  const parts: SqsParts = { store, ids, clock, catalog, receivers, endpointUrl };
  targets.add("sqs", queueTarget(parts));
  return {
    name: "sqs",
    operations: {
      CreateQueue: (context, input) => createQueue(parts, context, input),
      DeleteMessage: (context, input) => deleteMessage(parts, context, input),
      ReceiveMessage: (context, input) => receiveMessage(parts, context, input),
      SendMessage: (context, input) => sendMessage(parts, context, input),
    },
    check: checkSqsInput,
    drain: () => receivers.close(),
    async close() {
      catalog.close();
    },
  };
}
