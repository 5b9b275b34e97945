import { validationError } from "./errors.ts";
import { checkedPattern } from "./rules.ts";

/** What AWS asks of an event that is tested. */
const REQUIRED = ["id", "account", "source", "time", "region", "detail-type"];

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html */
export async function testEventPattern(input: { readonly EventPattern: string; readonly Event: string }) {
  const pattern = checkedPattern(input.EventPattern);
  return { Result: pattern.matches(parsedEvent(input.Event)) };
}

function parsedEvent(text: string): unknown {
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch {
    // Refused below.
  }
  const isEvent =
    typeof event === "object" && event !== null && REQUIRED.every((name) => Object.hasOwn(event, name));
  if (!isEvent) throw validationError("Parameter Event is not valid.");
  return event;
}
