import { invalidParameter } from "./errors.ts";

/** The members of a request for a part of a list. */
export interface PageInput {
  readonly Marker?: string;
  readonly MaxItems?: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly NextMarker?: string;
}

/** AWS gives no more than this per page, whatever is asked for. */
const MOST = 50;

export function pageSize({ MaxItems }: PageInput): number {
  return Math.min(MaxItems ?? MOST, MOST);
}

/** Cuts a page from what follows the marker: `found` may hold more than fit, which tells that there are more. */
export function cutPage<T>(found: readonly T[], keyOf: (item: T) => string, input: PageInput): Page<T> {
  const items = found.slice(0, pageSize(input));
  return found.length > items.length ? { items, NextMarker: toMarker(keyOf(items.at(-1)!)) } : { items };
}

/** A page of a list that is in memory, in its own order. */
export function pageOf<T>(
  operation: string,
  all: readonly T[],
  keyOf: (item: T) => string,
  input: PageInput,
): Page<T> {
  const after = afterMarker(operation, input.Marker);
  const start = after === "" ? 0 : all.findIndex((item) => keyOf(item) === after) + 1;
  return cutPage(all.slice(start), keyOf, input);
}

/** The key of the last item of the page before; "" for the first page. Throws for a marker that is none of ours. */
export function afterMarker(operation: string, marker: string | undefined): string {
  const key = Buffer.from(marker ?? "", "base64url").toString();
  if (toMarker(key) !== (marker ?? "")) {
    throw invalidParameter(
      `The Marker "${marker}" is none that ${operation} gave. Leave it out to begin again.`,
    );
  }
  return key;
}

/** Opaque to callers. */
function toMarker(key: string): string {
  return Buffer.from(key).toString("base64url");
}
