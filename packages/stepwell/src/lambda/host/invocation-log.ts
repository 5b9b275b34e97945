import type { Clock } from "../../kernel/clock.ts";
import { closingLines, type InvocationEnd, type LoggedInvocation, openingLines } from "./frame-lines.ts";
import type { LogLine } from "./host.ts";
import { keptText } from "./json-logging.ts";

/** What Lambda returns of an invocation's log: its last 4 KB. */
const TAIL_BYTES = 4096;

/** How much of one invocation's log is kept; START, END and REPORT lines come on top. */
export const LARGEST_LOG_BYTES = 1024 * 1024;

/** One invocation's log: passes lines on and remembers the last of them. */
export class InvocationLog {
  readonly #invocation: LoggedInvocation;
  readonly #logStream: string;
  readonly #clock: Clock;
  readonly #deliver: (line: LogLine) => void;
  #tail: string[] = [];
  #tailLength = 0;
  #keptBytes = 0;
  #droppedBytes = 0;

  constructor(
    invocation: LoggedInvocation,
    logStream: string,
    clock: Clock,
    deliver: (line: LogLine) => void,
  ) {
    this.#invocation = invocation;
    this.#logStream = logStream;
    this.#clock = clock;
    this.#deliver = deliver;
  }

  /** What the invocation's code wrote. */
  write(message: string): void {
    const { jsonLogging } = this.#invocation.code;
    const kept = jsonLogging ? keptText(message, jsonLogging.applicationLevel) : message;
    if (kept !== "") this.tell(kept);
  }

  /** What is said of the invocation, by whomever. */
  tell(message: string): void {
    const bytes = Buffer.byteLength(message);
    if (this.#keptBytes + bytes > LARGEST_LOG_BYTES) {
      this.#droppedBytes += bytes;
      return;
    }
    this.#keptBytes += bytes;
    this.#add(message);
  }

  /** What was left out before it came here. */
  dropped(bytes: number): void {
    this.#droppedBytes += bytes;
  }

  #add(message: string): void {
    this.#tail.push(message);
    this.#tailLength += message.length;
    // Trimming at twice the length keeps the cost of a long log linear.
    if (this.#tailLength > 2 * TAIL_BYTES) {
      this.#tail = [this.tail()];
      this.#tailLength = this.#tail[0]!.length;
    }
    const { code, requestId } = this.#invocation;
    this.#deliver({
      functionArn: code.functionArn,
      logGroup: code.logGroup,
      logStream: this.#logStream,
      requestId,
      atMs: this.#clock.now(),
      message,
    });
  }

  start(): void {
    for (const line of openingLines(this.#invocation, this.#clock.now())) this.#add(line);
  }

  end(end: Omit<InvocationEnd, "droppedBytes">): void {
    const whole = { ...end, droppedBytes: this.#droppedBytes };
    for (const line of closingLines(this.#invocation, this.#clock.now(), whole)) this.#add(line);
  }

  /** The last 4 KB. */
  tail(): string {
    const text = this.#tail.join("");
    if (text.length <= TAIL_BYTES / 3) return text;
    const bytes = Buffer.from(text);
    if (bytes.length <= TAIL_BYTES) return text;
    let start = bytes.length - TAIL_BYTES;
    // A character is not cut in two: continuation bytes of UTF-8 begin with the bits 10.
    while ((bytes[start]! & 0xc0) === 0x80) start++;
    return bytes.toString("utf8", start);
  }
}
