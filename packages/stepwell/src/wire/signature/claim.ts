import { createHash } from "node:crypto";
import { header, type WireRequest } from "../message.ts";
import type { Refusals } from "./refusals.ts";

/** What a request says of its own signature, in the header Authorization or, presigned, in its query. */
export interface SignatureClaim {
  readonly algorithm: string;
  /** `KEY/DAY/REGION/SERVICE/aws4_request`, as far as it is in order. */
  readonly credential: string;
  /** Lower-case names, in the order of the request. */
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** When it was signed, in the request's own words. */
  readonly date: string;
  /** For how many seconds a presigned request is good, in the request's own words. */
  readonly expires?: string;
  readonly sessionToken?: string;
  /** Without the signature. */
  readonly query: URLSearchParams;
  /** What the request says of its body: its hash, or a marker such as `UNSIGNED-PAYLOAD`. */
  readonly payload?: string;
}

/** Reads the claim; throws what AWS says of one that is missing or incomplete. */
export function claimOf(request: WireRequest, refusals: Refusals): SignatureClaim {
  const authorization = header(request, "authorization");
  const query = new URLSearchParams(request.rawQuery);
  const presigned = query.has("X-Amz-Algorithm");
  if (authorization !== undefined && presigned) {
    throw refusals.invalid(
      "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
    );
  }
  if (presigned) return fromQuery(request, query, refusals);
  if (!authorization) throw refusals.missing();
  return fromHeader(request, authorization, query, refusals);
}

function fromHeader(
  request: WireRequest,
  authorization: string,
  query: URLSearchParams,
  refusals: Refusals,
): SignatureClaim {
  const [algorithm = "", ...rest] = authorization.trim().split(/\s+/);
  const parameters = new Map<string, string>();
  for (const pair of rest.join(" ").split(",")) {
    const text = pair.trim();
    const equals = text.indexOf("=");
    if (text === "") continue;
    if (equals < 0 || text.includes(" ")) {
      throw refusals.incomplete(
        `Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '${digest(authorization)}'.`,
      );
    }
    parameters.set(text.slice(0, equals), text.slice(equals + 1));
  }
  const date = header(request, "x-amz-date") || header(request, "date");
  const missing = ["Credential", "Signature", "SignedHeaders"]
    .filter((name) => !parameters.get(name))
    .map((name) => `Authorization header requires '${name}' parameter. `);
  if (!date) {
    missing.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ");
  }
  if (missing.length > 0) {
    throw refusals.incomplete(
      `${missing.join("")}(Hashed with SHA-256 and encoded with Base64) Authorization=${digest(authorization)}`,
    );
  }
  return {
    algorithm,
    credential: parameters.get("Credential")!,
    signedHeaders: names(parameters.get("SignedHeaders")!),
    signature: parameters.get("Signature")!,
    date: date!,
    query,
    ...optional("sessionToken", header(request, "x-amz-security-token")),
    ...optional("payload", header(request, "x-amz-content-sha256")),
  };
}

const QUERY_PARAMETERS = [
  "X-Amz-Algorithm",
  "X-Amz-Credential",
  "X-Amz-Signature",
  "X-Amz-SignedHeaders",
  "X-Amz-Date",
];

function fromQuery(request: WireRequest, query: URLSearchParams, refusals: Refusals): SignatureClaim {
  const missing = QUERY_PARAMETERS.filter((name) => !query.get(name));
  if (missing.length > 0) {
    throw refusals.incomplete(
      `${missing.map((name) => `AWS query-string parameters must include '${name}'. `).join("")}` +
        "Re-examine the query-string parameters.",
    );
  }
  const [algorithm, credential, signature, signedHeaders, date] = QUERY_PARAMETERS.map(
    (name) => query.get(name)!,
  ) as [string, string, string, string, string];
  query.delete("X-Amz-Signature");
  return {
    algorithm,
    credential,
    signedHeaders: names(signedHeaders),
    signature,
    date,
    query,
    ...optional("expires", query.get("X-Amz-Expires") ?? undefined),
    ...optional("sessionToken", query.get("X-Amz-Security-Token") ?? undefined),
    ...optional("payload", query.get("X-Amz-Content-Sha256") ?? header(request, "x-amz-content-sha256")),
  };
}

function names(signedHeaders: string): string[] {
  return signedHeaders.toLowerCase().split(";");
}

function optional<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: string });
}

/** A header that is not a signature may be somebody's password: AWS repeats it like this. */
function digest(authorization: string): string {
  return createHash("sha256").update(authorization).digest("base64");
}
