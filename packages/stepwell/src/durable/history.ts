import type { JournalRow } from "./journal-row.ts";

/**
 * A row as the history event that AWS shows (https://docs.aws.amazon.com/lambda/latest/api/API_Event.html), with
 * timestamps in epoch milliseconds. Without `includeData`, payloads are left out.
 */
export function historyEvent(row: JournalRow, includeData: boolean): Record<string, unknown> {
  const { Id, Name, SubType, ParentId, details } = row.data;
  return {
    EventType: row.kind,
    EventId: row.eventId,
    EventTimestamp: row.atMs,
    ...(Id === undefined ? {} : { Id }),
    ...(Name === undefined ? {} : { Name }),
    ...(SubType === undefined ? {} : { SubType }),
    ...(ParentId === undefined ? {} : { ParentId }),
    [`${row.kind}Details`]: includeData ? (details ?? {}) : withoutPayloads(details ?? {}),
  };
}

function withoutPayloads(details: object): object {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) =>
      value !== null && typeof value === "object" && "Payload" in value
        ? [name, { ...value, Payload: undefined }]
        : [name, value],
    ),
  );
}
