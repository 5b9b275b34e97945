import { AwsError } from "../kernel/errors.ts";
import type { InputCheck } from "../kernel/operations.ts";
import { validate } from "../kernel/schema/validate.ts";
import type { EventEntry } from "./put-events.ts";

const MOST_ENTRIES = 10;
/** AWS repeats entries whole; this many characters are enough to recognise them. */
const LONGEST_VALUE = 16 * 1024;

/** EventBridge tells entries that are too many in a form of its own: the fields of a Java object. */
export const checkEventsInput: InputCheck = (operation, input) => {
  const { Entries } = (input ?? {}) as { readonly Entries?: readonly EventEntry[] };
  if (operation === "events.PutEvents" && Array.isArray(Entries) && Entries.length > MOST_ENTRIES) {
    const value = `[${Entries.map(entryText).join(", ")}]`.slice(0, LONGEST_VALUE);
    throw new AwsError(
      "ValidationException",
      `1 validation error detected: Value '${value}' at 'entries' failed to satisfy constraint: ` +
        `Member must have length less than or equal to ${MOST_ENTRIES}`,
    );
  }
  return validate(operation, input);
};

function entryText(entry: EventEntry): string {
  const { Time, Source, Resources, DetailType, Detail, EventBusName, TraceHeader } = entry;
  const fields: readonly [string, string | undefined][] = [
    ["time", Time === undefined ? undefined : new Date(Time).toISOString()],
    ["source", Source],
    ["resources", Resources && `[${Resources.join(", ")}]`],
    ["detailType", DetailType],
    ["detail", Detail],
    ["eventBusName", EventBusName],
    ["traceHeader", TraceHeader],
    ["kmsKeyIdentifier", undefined],
    ["internalMetadata", undefined],
  ];
  return `PutEventsRequestEntry(${fields.map(([name, value]) => `${name}=${value ?? "null"}`).join(", ")})`;
}
