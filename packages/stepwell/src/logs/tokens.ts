import { invalidToken } from "./errors.ts";
import type { EventRange, Position } from "./table/events.ts";

/** Where to go on among events, and which way. */
export interface EventToken {
  readonly direction: EventRange["direction"];
  readonly position: Position;
}

const EVENT_TOKEN = /^([fb])\/(\d{20})(\d{36})\/s$/;

/** An event's id as AWS writes it: 56 digits. */
export function eventId({ atMs, id }: Position): string {
  return String(atMs).padStart(20, "0") + String(id).padStart(36, "0");
}

/** As AWS's look: `f/` or `b/`, an event's id, `/s`. */
export function encodeEventToken(direction: EventRange["direction"], position: Position): string {
  return `${direction === "forward" ? "f" : "b"}/${eventId(position)}/s`;
}

export function decodeEventToken(token: string): EventToken {
  const match = EVENT_TOKEN.exec(token);
  const [atMs, id] = [Number(match?.[2]), Number(match?.[3])];
  if (!match || !Number.isSafeInteger(atMs) || !Number.isSafeInteger(id)) throw invalidToken();
  return { direction: match[1] === "f" ? "forward" : "backward", position: { atMs, id } };
}

/** A token of a listing says where the page before it ended. */
export function encodeListToken(...parts: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

/** The parts of a listing's token, which must be of the given types. */
export function decodeListToken(token: string, ...types: readonly ("string" | "number")[]): unknown[] {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
  } catch {
    throw invalidToken();
  }
  const fits = Array.isArray(parts) && types.every((type, i) => typeof (parts as unknown[])[i] === type);
  if (!fits || (parts as unknown[]).length !== types.length) throw invalidToken();
  return parts as unknown[];
}
