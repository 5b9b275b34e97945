import { invalid } from "./errors.ts";

/** As many are listed unless fewer are asked for. */
export const PAGE = 100;

/** A token says where the page before it ended. */
export function encodeToken(parts: readonly string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

/** The `count` parts of a token. Throws ValidationException. */
export function decodeToken(token: string, count: number): readonly string[] {
  try {
    const parts = JSON.parse(Buffer.from(token, "base64url").toString("utf8")) as unknown;
    const fits = Array.isArray(parts) && parts.length === count;
    if (fits && parts.every((part) => typeof part === "string" && !part.includes("\0"))) return parts;
  } catch {
    // Said below.
  }
  throw invalid("Invalid NextToken.");
}
