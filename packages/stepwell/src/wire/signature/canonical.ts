import { createHash, createHmac } from "node:crypto";

/**
 * The computation of AWS Signature Version 4, the same on both sides
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html).
 */

export const ALGORITHM = "AWS4-HMAC-SHA256";
export const TERMINATOR = "aws4_request";

/** What of a request is signed. */
export interface SignedParts {
  readonly method: string;
  /** As it is sent, percent-encoding and all. */
  readonly rawPath: string;
  /** Without a signature of its own. */
  readonly query: URLSearchParams;
  /** Lower-case names in the order of SignedHeaders, with values as they are sent. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Hexadecimal SHA-256 of the body, or the marker that stands for it (`UNSIGNED-PAYLOAD`). */
  readonly payloadHash: string;
}

/** For which key a request is signed. */
export interface SigningScope {
  /** `20300131` */
  readonly day: string;
  readonly region: string;
  readonly service: string;
}

export function canonicalRequest({ method, rawPath, query, headers, payloadHash }: SignedParts): string {
  return [
    method,
    canonicalPath(rawPath),
    canonicalQuery(query),
    ...headers.map(([name, value]) => `${name}:${value.trim().replaceAll(/\s+/g, " ")}`),
    "",
    headers.map(([name]) => name).join(";"),
    payloadHash,
  ].join("\n");
}

/** `isoDate` is `20300131T235959Z`. */
export function stringToSign(isoDate: string, scope: SigningScope, canonical: string): string {
  const { day, region, service } = scope;
  return [ALGORITHM, isoDate, `${day}/${region}/${service}/${TERMINATOR}`, sha256(canonical)].join("\n");
}

/** Hexadecimal. */
export function signature(secretAccessKey: string, scope: SigningScope, toSign: string): string {
  const { day, region, service } = scope;
  let key: string | Buffer = `AWS4${secretAccessKey}`;
  for (const part of [day, region, service, TERMINATOR]) key = hmac(key, part).digest();
  return hmac(key, toSign).digest("hex");
}

export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: string | Buffer, text: string) {
  return createHmac("sha256", key).update(text);
}

/** The path that was sent is encoded once more, after empty and dot segments are gone. */
function canonicalPath(rawPath: string): string {
  const segments: string[] = [];
  for (const segment of rawPath.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(encode(segment));
  }
  const end = rawPath.endsWith("/") && segments.length > 0 ? "/" : "";
  return `/${segments.join("/")}${end}`;
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Everything but RFC 3986's unreserved characters. By bytes: encodeURIComponent throws at half a surrogate pair. */
function encode(text: string): string {
  if (/^[\w.~-]*$/.test(text)) return text;
  let encoded = "";
  for (const byte of Buffer.from(text)) {
    const character = String.fromCharCode(byte);
    encoded += /[\w.~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}
