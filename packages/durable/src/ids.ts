import { hash } from "node:crypto";

/**
 * Operation ids are positional: "1" is the first operation of the handler, "2-1" the first one inside the second.
 * The service sees the first 16 hex digits of a position's MD5, as from AWS's SDK, so an execution started by one
 * SDK goes on under the other.
 */
export function operationId(position: string): string {
  let id = known.get(position);
  if (id === undefined) {
    // Positions repeat over executions, so the hash is paid once per process; the bound only guards its memory.
    if (known.size >= MOST_KNOWN) known.clear();
    id = hash("md5", position).slice(0, 16);
    known.set(position, id);
  }
  return id;
}

const MOST_KNOWN = 20_000;
const known = new Map<string, string>();
