import type { DurablePort } from "../../durable/types.ts";
import type { InvocationRequest } from "./host.ts";
import { INVOCATION_ENDED, portError } from "./port-error.ts";
import type { FromInstance, InstanceConnection, PortAbilities } from "./protocol.ts";

type PortMessage = FromInstance & { readonly kind: "checkpoint" | "getState" };

export function abilitiesOf({ mostUpdates, leave }: DurablePort): PortAbilities {
  return { mostUpdates, leaves: leave !== undefined };
}

/** Answers a call of a handler's durable client; `event` is undefined once its invocation has ended. */
export async function answerPortCall(
  event: InvocationRequest["event"] | undefined,
  message: PortMessage,
  connection: InstanceConnection,
): Promise<void> {
  const { call } = message;
  if (!event || !("port" in event))
    return connection.send({ kind: "refusal", call, error: INVOCATION_ENDED });
  try {
    const { port } = event;
    const value =
      message.kind === "checkpoint"
        ? await port.checkpoint(message.request)
        : await port.getState(message.request);
    connection.send({ kind: "reply", call, value });
  } catch (error) {
    connection.send({ kind: "refusal", call, error: portError(error) });
  }
}
