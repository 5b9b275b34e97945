import { isWorthSkippingTo } from "../../kernel/due.ts";
import { jsonDocument } from "../client/json.ts";
import type { Calls } from "../client/types.ts";
import { EXIT } from "../exit.ts";
import type { Session } from "../session.ts";
import { plainColumns, table } from "../table.ts";
import { durationText, localTime } from "../text.ts";
import { dueFields, dueText } from "./due-text.ts";

export interface ShowTimeOptions {
  readonly max: number;
}

type Told = Calls["stepwell.GetTime"]["output"];

/** `stepwell time show`: where the server's time stands, and what it will bring. */
export async function showTime(session: Session, { max }: ShowTimeOptions): Promise<number> {
  const told = await session.client.call("stepwell.GetTime", { MaxItems: max });
  if (session.json) {
    session.print(jsonDocument("stepwell.GetTime", told));
    return EXIT.ok;
  }
  session.print(session.terminal.stdout.isTty ? forPeople(session, told) : plainColumns(plainRows(told)));
  const skippable = told.Due.some(({ Kind }) => isWorthSkippingTo(Kind));
  if (told.Virtual) session.suggest(skippable ? "time skip" : "executions list");
  else session.say("This is the machine's time. Time that can be moved: stepwell dev --time virtual");
  return EXIT.ok;
}

function forPeople({ style, terminal }: Session, { Now, Virtual, Running, Due }: Told): string {
  const stands = Virtual ? "virtual: stands still until it is moved" : "the machine's";
  const running = Running.length === 0 ? "" : `\n${style.strong("Running")}  ${Running.join(", ")}\n`;
  const rows = Due.map((thing) => [
    { text: localTime(thing.At) },
    { text: thing.At <= Now ? "now" : `in ${durationText(thing.At - Now)}` },
    { text: dueText(thing), paint: style.strong },
  ]);
  const columns = ["DUE", "", "WHAT"].map((title) => ({ title }));
  const due =
    Due.length === 0
      ? "\nNothing waits for time.\n"
      : `\n${table(columns, rows, { lineWidth: terminal.stdout.columns, titlePaint: style.faint })}`;
  return `${style.strong(localTime(Now))}  ${stands}\n${running}${due}`;
}

function plainRows({ Now, Virtual, Due }: Told): string[][] {
  const now = ["now", new Date(Now).toISOString(), Virtual ? "VIRTUAL" : "REAL"];
  return [now, ...Due.map((thing) => ["due", ...dueFields(thing)])];
}
