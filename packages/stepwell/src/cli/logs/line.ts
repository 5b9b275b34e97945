/** A line of a function's log. */
export interface LogLine {
  readonly group: string;
  /** The function's name, or else the group's. */
  readonly label: string;
  readonly stream: string;
  readonly atMs: number;
  readonly message: string;
}

const FRAME = /^(?:START|END|REPORT) RequestId: (\S+)/;
/** As Lambda's Node.js runtime begins a line: time, request id, level. */
const CONSOLE = /^\S+Z\t([\da-f-]{36})\t(\w+)\t/;
const TIMED_OUT = /^\S+Z ([\da-f-]{36}) /;

/** The invocation that a line names; lines that a function writes past its console name none. */
export function requestIdOf(message: string): string | undefined {
  return (FRAME.exec(message) ?? CONSOLE.exec(message) ?? TIMED_OUT.exec(message))?.[1];
}

export function startsInvocation(message: string): boolean {
  return message.startsWith("START RequestId: ");
}

/** Whether a line only says that an invocation begins or ends. */
export function isFrame(message: string): boolean {
  return /^(START|END) RequestId: /.test(message);
}

const REPORT = /^REPORT RequestId: \S+\tDuration: ([\d.]+ ms)\t.*?Max Memory Used: (\d+ MB)(?:\t(.*\S))?/;
const INIT = /Init Duration: ([\d.]+ ms)/;
const STATUS = /Status: (\w+)/;

/** The line that sums an invocation up, in fewer words; undefined for any other line. */
export function reportText(message: string): string | undefined {
  const match = REPORT.exec(message);
  if (!match) return undefined;
  const [, duration, memory, rest = ""] = match;
  const init = INIT.exec(rest)?.[1];
  const status = STATUS.exec(rest)?.[1];
  return [
    `took ${duration}, ${memory}`,
    init === undefined ? "" : `, after ${init} to load`,
    status === undefined ? "" : `: ${status}`,
  ].join("");
}

/** What the function said, without the time and request id before it; its level where that is worth a word. */
export function spoken(message: string): { readonly level?: string; readonly text: string } {
  const match = CONSOLE.exec(message);
  const text = (match ? message.slice(match[0].length) : message).replace(/\r?\n$/, "");
  const level = match?.[2];
  return level === undefined || level === "INFO" ? { text } : { level, text };
}
