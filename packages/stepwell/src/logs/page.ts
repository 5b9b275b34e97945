import type { Clock } from "../kernel/clock.ts";
import type { Store } from "../store/store.ts";
import { type EventRange, eventBytes, events, type Position, type StoredEvent } from "./table/events.ts";
import { keptFromMs, type LogGroup } from "./table/groups.ts";
import type { EventToken } from "./tokens.ts";

/** What a page may hold: 10,000 events or 1 MB. */
const MOST_EVENTS = 10_000;
const LARGEST_PAGE_BYTES = 1024 * 1024;
/** One page looks at no more events than this, however few of them it wants. */
const MOST_SCANNED = 100_000;

export interface PageRequest {
  readonly of: EventRange["of"];
  /** From `startAtMs`, and before `endAtMs`. */
  readonly startAtMs: number | undefined;
  readonly endAtMs: number | undefined;
  /** The direction of the token is used when there is one. */
  readonly direction: EventRange["direction"];
  readonly token: EventToken | undefined;
  readonly most: number | undefined;
  readonly wants: (event: StoredEvent) => boolean;
}

export interface EventPage {
  /** In the direction of the page. */
  readonly events: readonly StoredEvent[];
  readonly direction: EventRange["direction"];
  /** The position before the first event that the page could have had. */
  readonly start: Position;
  /** Where the next page goes on, if the range does not end here. */
  readonly next: Position | undefined;
}

/** Reads one page of what a reader may see of a group, or of one of its streams. */
export async function readPage(
  store: Store,
  clock: Clock,
  group: LogGroup,
  request: PageRequest,
): Promise<EventPage> {
  const { of, token, wants, most = MOST_EVENTS } = request;
  const direction = token?.direction ?? request.direction;
  const start = { atMs: Math.max(request.startAtMs ?? 0, keptFromMs(group, clock.now())), id: 0 };
  const end = { atMs: request.endAtMs ?? Number.MAX_SAFE_INTEGER, id: 0 };
  const after = token?.direction === "forward" ? later(start, token.position) : start;
  const before = token?.direction === "backward" ? earlier(end, token.position) : end;

  const page: StoredEvent[] = [];
  let [scanned, bytes] = [0, 0];
  let last: Position | undefined;
  for await (const event of events.scan(store, { of, after, before, direction })) {
    const wanted = wants(event);
    const size = wanted ? eventBytes(event.message) : 0;
    const full = page.length === most || (page.length > 0 && bytes + size > LARGEST_PAGE_BYTES);
    if (full || scanned === MOST_SCANNED) return { events: page, direction, start, next: last };
    if (wanted) page.push(event);
    bytes += size;
    scanned++;
    last = event;
  }
  return { events: page, direction, start, next: undefined };
}

function later(a: Position, b: Position): Position {
  return compare(a, b) < 0 ? b : a;
}

function earlier(a: Position, b: Position): Position {
  return compare(a, b) < 0 ? a : b;
}

function compare(a: Position, b: Position): number {
  return a.atMs - b.atMs || a.id - b.id;
}
