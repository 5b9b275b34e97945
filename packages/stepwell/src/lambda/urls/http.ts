/** A request to a function's URL. */
export interface UrlRequest {
  readonly requestId: string;
  readonly method: string;
  /** As it was sent, percent-encoding and all, without the query; it begins with a slash. */
  readonly rawPath: string;
  readonly rawQuery: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
  readonly sourceIp: string;
  /** Whose signature it has, where it has one. */
  readonly accessKeyId?: string;
  /** Aborted when the caller has gone. */
  readonly signal: AbortSignal;
}

export interface UrlResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
}

const JSON_TYPE = { "content-type": "application/json" };

/** What Lambda itself says in place of a function. */
export function refusal(status: number, message: string | null, code?: string): UrlResponse {
  const headers = { ...JSON_TYPE, ...(code === undefined ? {} : { "x-amzn-errortype": code }) };
  return { status, headers, body: JSON.stringify({ Message: message }) };
}

/** The function failed, or answered what is no response. */
export function badGateway(): UrlResponse {
  return { status: 502, headers: JSON_TYPE, body: "Internal Server Error" };
}

export function forbidden(): UrlResponse {
  const more = "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html";
  const message = `Forbidden. For troubleshooting Function URL authorization issues, see: ${more}`;
  return refusal(403, message, "AccessDeniedException");
}
