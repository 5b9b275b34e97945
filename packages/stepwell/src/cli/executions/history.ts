import { jsonDocument, readableOutput } from "../client/json.ts";
import type { HistoryEvent } from "../client/types.ts";
import { EXIT } from "../exit.ts";
import type { Session } from "../session.ts";
import { plainColumns, table } from "../table.ts";
import { localTime, oneLine } from "../text.ts";
import { eventText } from "./event-text.ts";
import { readEvents } from "./events.ts";
import { resolveExecution } from "./resolve.ts";

export interface HistoryOptions {
  readonly reverse?: boolean;
  readonly max?: number;
}

/** `stepwell executions history`: https://docs.aws.amazon.com/lambda/latest/api/API_GetDurableExecutionHistory.html. */
export async function showHistory(session: Session, id: string, options: HistoryOptions): Promise<number> {
  const arn = await resolveExecution(session.client, id);
  const Events = await readEvents(session.client, arn, {
    reverse: options.reverse ?? false,
    ...(options.max === undefined ? {} : { most: options.max }),
  });
  if (session.json) session.print(jsonDocument("lambda.GetDurableExecutionHistory", { Events }));
  else if (session.terminal.stdout.isTty) session.print(forPeople(session, Events));
  else session.print(plainColumns(plainRows(Events)));
  return EXIT.ok;
}

function forPeople({ style, terminal }: Session, events: readonly HistoryEvent[]): string {
  const columns = [
    { title: "EVENT", align: "right" },
    ...["TIME", "TYPE", "OPERATION", "DETAILS"].map((title) => ({ title })),
  ] as const;
  const rows = events.map((event) => [
    { text: String(event.EventId) },
    { text: `${localTime(event.EventTimestamp)}.${String(event.EventTimestamp % 1000).padStart(3, "0")}` },
    { text: event.EventType, paint: /Failed|TimedOut/.test(event.EventType) ? style.bad : style.strong },
    { text: oneLine(event.Name ?? event.Id ?? "") },
    { text: eventText(event), paint: style.faint },
  ]);
  return table(columns, rows, { lineWidth: terminal.stdout.columns, titlePaint: style.faint });
}

function plainRows(events: readonly HistoryEvent[]): string[][] {
  const { Events } = readableOutput("lambda.GetDurableExecutionHistory", { Events: events }) as {
    Events: Record<string, unknown>[];
  };
  return Events.map((event) => [
    String(event.EventId),
    String(event.EventTimestamp),
    String(event.EventType),
    String(event.Id ?? "-"),
    oneLine(String(event.Name ?? "-")),
    JSON.stringify(event[`${event.EventType}Details`] ?? {}),
  ]);
}
