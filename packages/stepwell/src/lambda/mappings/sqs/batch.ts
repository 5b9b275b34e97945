import type { QueueMessage } from "./queue.ts";

/** A message that has been received and not handed to a function yet. */
export interface HeldMessage {
  readonly message: QueueMessage;
  /** Its record as JSON text. */
  readonly json: string;
}

/** What an event may have; a synchronous invocation takes no more. */
const MOST_BYTES = 6 * 1024 * 1024;
const FRAME_BYTES = '{"Records":[]}'.length;

/** Messages on their way into one event. */
export class Batch {
  readonly #mostMessages: number;
  #held: HeldMessage[] = [];
  #bytes = FRAME_BYTES;
  #closed = false;

  constructor(mostMessages: number) {
    this.#mostMessages = mostMessages;
  }

  get room(): number {
    return this.#closed ? 0 : this.#mostMessages - this.#held.length;
  }

  get held(): readonly HeldMessage[] {
    return this.#held;
  }

  get messages(): readonly QueueMessage[] {
    return this.#held.map(({ message }) => message);
  }

  /** Whether it took the message. Once one does not fit, it takes no other, so that they stay in their order. */
  add(held: HeldMessage): boolean {
    const bytes = Buffer.byteLength(held.json) + 1;
    if (this.room === 0) return false;
    if (this.#held.length > 0 && this.#bytes + bytes > MOST_BYTES) {
      this.#closed = true;
      return false;
    }
    this.#held.push(held);
    this.#bytes += bytes;
    return true;
  }

  /** Takes messages out, by their receipt handles; no other takes their room. */
  leaveOut(receipts: ReadonlySet<string>): void {
    this.#held = this.#held.filter(({ message }) => !receipts.has(message.ReceiptHandle));
    this.#closed = true;
  }

  /** As JSON text. */
  event(): string {
    return `{"Records":[${this.#held.map(({ json }) => json).join(",")}]}`;
  }
}
