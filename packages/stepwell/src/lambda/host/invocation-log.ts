import type { Clock } from "../../kernel/clock.ts";
import type { FunctionCode, LogLine } from "./host.ts";

/** What Lambda returns of an invocation's log: its last 4 KB. */
const TAIL_BYTES = 4096;

/** How much of one invocation's log is kept; START, END and REPORT lines come on top. */
export const LARGEST_LOG_BYTES = 1024 * 1024;

/** One invocation's log: passes lines on and remembers the last of them. */
export class InvocationLog {
  readonly #code: FunctionCode;
  readonly #logStream: string;
  readonly #requestId: string;
  readonly #clock: Clock;
  readonly #deliver: (line: LogLine) => void;
  #tail: string[] = [];
  #tailLength = 0;
  #keptBytes = 0;
  #droppedBytes = 0;

  constructor(
    code: FunctionCode,
    logStream: string,
    requestId: string,
    clock: Clock,
    deliver: (line: LogLine) => void,
  ) {
    this.#code = code;
    this.#logStream = logStream;
    this.#requestId = requestId;
    this.#clock = clock;
    this.#deliver = deliver;
  }

  /** What the invocation's code wrote. */
  write(message: string): void {
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
    this.#deliver({
      functionArn: this.#code.functionArn,
      logGroup: this.#code.logGroup,
      logStream: this.#logStream,
      requestId: this.#requestId,
      atMs: this.#clock.now(),
      message,
    });
  }

  start(): void {
    this.#add(`START RequestId: ${this.#requestId} Version: ${this.#code.version}\n`);
  }

  /** The lines that close an invocation; `initMs` when its instance was started for it. */
  end(durationMs: number, memoryMb: number, initMs: number | undefined, status: string): void {
    if (this.#droppedBytes > 0) {
      this.#add(
        `[stepwell] ${this.#droppedBytes} bytes of this log were dropped: 1 MiB is kept of each invocation.\n`,
      );
    }
    this.#add(`END RequestId: ${this.#requestId}\n`);
    const fields = [
      `REPORT RequestId: ${this.#requestId}`,
      `Duration: ${durationMs.toFixed(2)} ms`,
      `Billed Duration: ${Math.max(1, Math.ceil(durationMs))} ms`,
      `Memory Size: ${this.#code.memoryMb} MB`,
      `Max Memory Used: ${memoryMb} MB`,
    ];
    if (initMs !== undefined) fields.push(`Init Duration: ${initMs.toFixed(2)} ms`);
    if (status !== "") fields.push(status);
    this.#add(`${fields.join("\t")}\t\n`);
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
