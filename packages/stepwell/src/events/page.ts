import { validationError } from "./errors.ts";

const MOST = 100;

export interface PageRequest {
  readonly NextToken?: string;
  readonly Limit?: number;
}

/**
 * One page of a listing that goes by names: `read` gives at most so many behind a name, in order. `wanted` leaves out
 * what the request does not ask for.
 */
export async function listPage<T extends { readonly name: string }>(
  { NextToken, Limit: most = MOST }: PageRequest,
  read: (afterName: string, most: number) => Promise<readonly T[]>,
  wanted: (item: T) => boolean = () => true,
): Promise<{ readonly items: readonly T[]; readonly next: { readonly NextToken?: string } }> {
  const found: T[] = [];
  let afterName = NextToken === undefined ? "" : decodeToken(NextToken);
  for (;;) {
    const page = await read(afterName, MOST + 1);
    found.push(...page.filter(wanted));
    if (found.length > most || page.length <= MOST) break;
    afterName = page.at(-1)!.name;
  }
  return pageOf(found, most, ({ name }) => name);
}

/** The first so many, with a token that names the last of them where there are more. */
export function pageOf<T>(found: readonly T[], most: number, keyOf: (item: T) => string) {
  const items = found.slice(0, most);
  return {
    items,
    next: found.length > most ? { NextToken: encodeToken(keyOf(items.at(-1)!)) } : {},
  };
}

/** A token of a listing says where the page before it ended. */
function encodeToken(key: string): string {
  return Buffer.from(JSON.stringify([key])).toString("base64");
}

export function decodeToken(token: string): string {
  try {
    const [key] = JSON.parse(Buffer.from(token, "base64").toString("utf8"));
    if (typeof key === "string") return key;
  } catch {
    // Refused below, as every other token that is none.
  }
  throw validationError("Parameter NextToken is not valid.");
}
