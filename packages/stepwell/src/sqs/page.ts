import { invalidParameter } from "./errors.ts";

const MOST_RESULTS = 1000;

/** Throws for a size that no page has; none, and 0, stand for the largest. */
export function pageSize(wanted: number | undefined): number {
  if (wanted === undefined || wanted === 0) return MOST_RESULTS;
  if (Number.isInteger(wanted) && wanted > 0 && wanted <= MOST_RESULTS) return wanted;
  throw invalidParameter(
    `Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and ${MOST_RESULTS}.`,
  );
}

/** A token says at which name the page before it ended. */
export function encodePage(lastName: string): string {
  return Buffer.from(JSON.stringify([lastName])).toString("base64");
}

/** The name after which a page begins. Throws for what is no token. */
export function decodePage(token: string | undefined): string {
  if (token === undefined) return "";
  try {
    const [name] = JSON.parse(Buffer.from(token, "base64").toString());
    if (typeof name === "string") return name;
  } catch {
    // No token of ours, then.
  }
  throw invalidParameter("Invalid or expired next token.");
}
