import { AwsError } from "../kernel/errors.ts";

/** A token of a listing says how many came before. */
export function encodeToken(position: number): string {
  return Buffer.from(`secrets:${position}`).toString("base64url");
}

/** Throws InvalidNextTokenException. */
export function decodeToken(token: string): number {
  const [, digits] = /^secrets:(\d{1,9})$/.exec(Buffer.from(token, "base64url").toString("utf8")) ?? [];
  if (digits !== undefined) return Number(digits);
  throw new AwsError("InvalidNextTokenException", "The NextToken value is invalid.");
}
