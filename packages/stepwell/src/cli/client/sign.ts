import type { AccessKey } from "../../kernel/access-key.ts";
import {
  ALGORITHM,
  canonicalRequest,
  sha256,
  signature,
  stringToSign,
  TERMINATOR,
} from "../../wire/signature/canonical.ts";
import { isoBasic } from "../../wire/signature/when-signed.ts";

/** A request before it is signed. */
export interface Unsigned {
  readonly method: string;
  /** With the query, as it is sent. */
  readonly path: string;
  /** Names in any case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** The headers that a request must have besides its own to be signed with a key. */
export function signingHeaders(
  { method, path, headers, body }: Unsigned,
  { region, service }: { readonly region: string; readonly service: string },
  key: AccessKey,
  nowMs: number,
): Record<string, string> {
  const isoDate = isoBasic(nowMs);
  const added = {
    "x-amz-date": isoDate,
    ...(key.sessionToken === undefined ? {} : { "x-amz-security-token": key.sessionToken }),
  };
  const signed = Object.entries({ ...headers, ...added })
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const [rawPath, query] = path.split("?", 2) as [string, string?];
  const canonical = canonicalRequest({
    method,
    rawPath,
    query: new URLSearchParams(query),
    headers: signed,
    payloadHash: sha256(body),
  });
  const scope = { day: isoDate.slice(0, 8), region, service };
  const credential = `${key.accessKeyId}/${scope.day}/${region}/${service}/${TERMINATOR}`;
  const names = signed.map(([name]) => name).join(";");
  const signedWith = signature(key.secretAccessKey, scope, stringToSign(isoDate, scope, canonical));
  return {
    ...added,
    authorization: `${ALGORITHM} Credential=${credential}, SignedHeaders=${names}, Signature=${signedWith}`,
  };
}
