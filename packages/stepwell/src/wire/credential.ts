import { header, type WireRequest } from "./message.ts";

/** What a signature says of itself, before anyone checks it. */
export interface CredentialScope {
  readonly accessKeyId: string;
  readonly region: string;
  /** The service's name for signing: `lambda`, `states`. */
  readonly signingName: string;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html */
const CREDENTIAL = /^([^/\s,]{1,128})\/\d{8}\/([a-z0-9-]{1,32})\/([a-z0-9-]{1,32})\/aws4_request$/;

/** The credential scope in the Authorization header or, of a presigned URL, in the query. */
export function credentialScope(request: WireRequest): CredentialScope | undefined {
  const credential = fromHeader(request) ?? fromQuery(request);
  const found = credential === undefined ? null : CREDENTIAL.exec(credential);
  if (!found) return undefined;
  return { accessKeyId: found[1]!, region: found[2]!, signingName: found[3]! };
}

/** The session token that a request brings, in its headers or its query. */
export function sessionToken(request: WireRequest): string | undefined {
  const inHeader = header(request, "x-amz-security-token");
  if (inHeader !== undefined || !request.rawQuery.includes("X-Amz-Security-Token=")) return inHeader;
  return new URLSearchParams(request.rawQuery).get("X-Amz-Security-Token") ?? undefined;
}

function fromHeader({ headers }: WireRequest): string | undefined {
  const { authorization } = headers;
  if (typeof authorization !== "string") return undefined;
  const start = authorization.indexOf("Credential=");
  if (start < 0) return undefined;
  const end = authorization.indexOf(",", start);
  return authorization.slice(start + "Credential=".length, end < 0 ? undefined : end).trim();
}

function fromQuery({ rawQuery }: WireRequest): string | undefined {
  if (!rawQuery.includes("X-Amz-Credential=")) return undefined;
  return new URLSearchParams(rawQuery).get("X-Amz-Credential") ?? undefined;
}
