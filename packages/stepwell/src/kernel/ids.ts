import { randomUUID } from "node:crypto";
import type { Clock } from "./clock.ts";

/** The one source of ids and randomness, so that a test or a simulation can replay both from a seed. */
export interface Ids {
  /** A random UUID (version 4), as AWS's request ids are. */
  uuid(): string;
  /** A UUID that sorts by time (version 7): as a key it appends to an index instead of scattering over it. */
  orderedUuid(): string;
  /** A number in [0, 1). */
  random(): number;
}

export class RealIds implements Ids {
  readonly #clock: Clock;
  constructor(clock: Clock) {
    this.#clock = clock;
  }
  uuid(): string {
    return randomUUID();
  }
  orderedUuid(): string {
    const time = this.#clock.now().toString(16).padStart(12, "0");
    // Node draws random UUIDs from a pool, which is faster than drawing bytes; their variant bits are right already.
    return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
  }
  random(): number {
    return Math.random();
  }
}

/** Ids and randomness that follow from a seed alone (mulberry32, enough for tests; never for secrets). */
export class SeededIds implements Ids {
  readonly #clock: Clock;
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
    return uuid7(this.#clock.now(), this.#bytes(10));
  }
  #bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => Math.floor(this.random() * 256));
  }
}

/** RFC 9562: 48 bits of milliseconds, then randomness around the version and variant bits. */
function uuid7(nowMs: number, random: Uint8Array): string {
  const bytes = new Uint8Array(16);
  for (let i = 5, rest = nowMs; i >= 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest % 256;
  bytes.set(random, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return format(bytes);
}

function format(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
