import { invalidParameter } from "./errors.ts";

/** https://docs.aws.amazon.com/sns/latest/api/API_ListTopics.html: up to a hundred at a time. */
export const PAGE = 100;

/** A token says where the page before it ended. */
export function encodeToken(...parts: readonly string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString("base64");
}

/** The parts of a token, which must be as many. */
export function decodeToken(token: string, count: number): string[] {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(token, "base64").toString("utf8"));
  } catch {
    throw invalidParameter("NextToken");
  }
  const fits =
    Array.isArray(parts) && parts.length === count && parts.every((part) => typeof part === "string");
  if (!fits) throw invalidParameter("NextToken");
  return parts as string[];
}
