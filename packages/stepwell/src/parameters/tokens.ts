import { AwsError } from "../kernel/errors.ts";

const TOKEN = /^ssm:([^\0]{0,2048})$/;

/** A token of a listing says where the page before it ended. */
export function encodeToken(position: string): string {
  return Buffer.from(`ssm:${position}`).toString("base64url");
}

/** Throws InvalidNextToken. */
export function decodeToken(token: string): string {
  const [, position] = TOKEN.exec(Buffer.from(token, "base64url").toString("utf8")) ?? [];
  if (position !== undefined) return position;
  throw new AwsError("InvalidNextToken", "The specified token isn't valid.");
}
