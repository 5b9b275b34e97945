import type { Session } from "../session.ts";
import { plainColumns } from "../table.ts";
import { localTime, oneLine } from "../text.ts";
import { isFrame, type LogLine, reportText, spoken } from "./line.ts";

/** Lines as they are printed: for people, for scripts (time, function, stream, message), or as JSON. */
export function linesText(lines: readonly LogLine[], session: Session, jsonl: boolean | undefined): string {
  if (jsonl) return lines.map((line) => `${JSON.stringify(toDocument(line))}\n`).join("");
  if (session.terminal.stdout.isTty) return lines.map((line) => forPeople(line, session)).join("");
  return plainColumns(
    lines.map(({ atMs, label, stream, message }) => [
      new Date(atMs).toISOString(),
      label,
      stream,
      oneLine(message),
    ]),
  );
}

/** A line as JSON, with CloudWatch's names. */
export function toDocument({ group, stream, atMs, message }: LogLine) {
  return {
    logGroupName: group,
    logStreamName: stream,
    timestamp: new Date(atMs).toISOString(),
    message,
  };
}

/** `14:03:22.117 order | charge-7`, with the day where that is not today; what only frames an invocation is left out. */
function forPeople({ atMs, label, message }: LogLine, { client, style }: Session): string {
  if (isFrame(message)) return "";
  const [day, time] = localTime(atMs).split(" ");
  const today = localTime(client.nowMs()).startsWith(day!);
  const when = `${today ? "" : `${day} `}${time}.${String(atMs % 1000).padStart(3, "0")}`;
  const prefix = `${style.faint(when)} ${style.busy(label)} ${style.faint("|")} `;
  const report = reportText(message);
  const { level, text } = spoken(message);
  const paint = report !== undefined ? style.faint : level === "ERROR" ? style.bad : (shown: string) => shown;
  const said = report ?? (level === undefined ? text : `${level} ${text}`);
  return said
    .split(/\r?\n/)
    .map((part) => `${prefix}${paint(withoutControls(part))}\n`)
    .join("");
}

const COLOR = `${String.fromCharCode(27)}\\[[\\d;]*m`;
const CONTROLS = new RegExp(`(\t|${COLOR})|\\p{Cc}`, "gu");

/** Tabs and colours are a function's to use; anything else that moves the cursor is not. */
function withoutControls(text: string): string {
  return text.replace(CONTROLS, (_, kept: string | undefined) => kept ?? "");
}
