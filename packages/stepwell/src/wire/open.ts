import type { ServiceSchema } from "../kernel/schema/shape.ts";
import { parametersOf } from "./form.ts";
import type { WireRequest } from "./message.ts";

/** Where certificates are that verify messages. */
const CERTIFICATES = "/_stepwell/sns/";

/**
 * Whether a request is served though nobody has signed it: whoever gets a topic's messages opens the links in them, and
 * verifies them, without having a key. A token, or the name of a subscription, is in the link.
 */
export function needsNoSignature({ service }: ServiceSchema, request: WireRequest): boolean {
  if (service === "stepwell") return request.method === "GET" && request.rawPath.startsWith(CERTIFICATES);
  if (service !== "sns") return false;
  const action = parametersOf(request).get("Action");
  return action === "ConfirmSubscription" || action === "Unsubscribe";
}
