import type { Readable } from "node:stream";

/** A request as the wire takes it, from a socket or from a test. */
export interface WireRequest {
  readonly method: string;
  /** The path as it was sent, percent-encoding and all, without the query. */
  readonly rawPath: string;
  /** What follows the question mark; empty when there is none. */
  readonly rawQuery: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array | Readable;
  /** The caller's address; absent without a socket. */
  readonly sourceIp?: string;
  /** Aborted when the caller has gone. */
  readonly signal: AbortSignal;
}

export interface WireResponse {
  readonly status: number;
  /** Several values are as many headers. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
}

/** A header's value; of one that came several times, its values joined as RFC 9110 5.3 says. */
export function header(request: WireRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" || value === undefined ? value : value.join(", ");
}
