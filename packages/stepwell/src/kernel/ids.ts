import { randomUUID } from "node:crypto";
import type { Clock } from "./clock.ts";

/** The one source of ids and randomness, so that a test or a simulation can replay both from a seed. */
export interface Ids {
  /** A random UUID (version 4), as AWS's request ids are. */
  uuid(): string;
  /**
   * A UUID that sorts by time (version 7), and after those that this object gave before, though time stand still: as a
   * key it appends to an index instead of scattering over it.
   */
  orderedUuid(): string;
  /** A number in [0, 1). */
  random(): number;
}

export class RealIds implements Ids {
  readonly #clock: Clock;
  readonly #sequence = new Sequence();
  constructor(clock: Clock) {
    this.#clock = clock;
  }
  uuid(): string {
    return randomUUID();
  }
  orderedUuid(): string {
    // Node draws random UUIDs from a pool, which is faster than drawing bytes; their variant bits are right already.
    return this.#sequence.before(randomUUID(), this.#clock.now());
  }
  random(): number {
    return Math.random();
  }
}

/** Ids and randomness that follow from a seed alone (mulberry32, enough for tests; never for secrets). */
export class SeededIds implements Ids {
  readonly #clock: Clock;
  readonly #sequence = new Sequence();
  #state: number;
  constructor(seed: number, clock: Clock) {
    this.#state = seed >>> 0;
    this.#clock = clock;
  }
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }
  uuid(): string {
    const bytes = this.#bytes(16);
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    return format(bytes);
  }
  orderedUuid(): string {
    return this.#sequence.before(this.uuid(), this.#clock.now());
  }
  #bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => Math.floor(this.random() * 256));
  }
}

/** How many ids of one millisecond there are before the next one is used up in advance. */
const IDS_PER_MS = 0x1000;

/** RFC 9562, version 7: 48 bits of milliseconds, 12 bits that count within one (section 6.2), 62 bits of randomness. */
class Sequence {
  #ms = 0;
  #count = 0;

  /** The id that begins with the time and the count, and ends as a random UUID does. */
  before(random: string, nowMs: number): string {
    if (nowMs > this.#ms) {
      this.#ms = nowMs;
      this.#count = 0;
    } else if (++this.#count === IDS_PER_MS) {
      this.#ms++;
      this.#count = 0;
    }
    const time = this.#ms.toString(16).padStart(12, "0");
    const count = this.#count.toString(16).padStart(3, "0");
    return `${time.slice(0, 8)}-${time.slice(8)}-7${count}${random.slice(18)}`;
  }
}

function format(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
