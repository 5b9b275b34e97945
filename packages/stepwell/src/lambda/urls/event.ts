import type { UrlRequest } from "./http.ts";
import { domainName, type FunctionUrl } from "./url.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/** Bodies of other types are given in base64, as are those that are no text after all. */
const TEXT_TYPE = /^(text\/|application\/([\w.-]+\+)?(json|xml|javascript)\b)/i;

/**
 * The event of a request, in version 2.0 of the payload format
 * (https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads), as JSON text.
 */
export function urlEvent(url: FunctionUrl, request: UrlRequest, nowMs: number): string {
  const { method, rawPath, rawQuery } = request;
  const { cookie, ...headers } = joined(request.headers);
  const cookies = cookie?.split(/;\s*/).filter((one) => one !== "");
  const domain = domainName(url);
  return JSON.stringify({
    version: "2.0",
    routeKey: "$default",
    rawPath,
    rawQueryString: rawQuery,
    ...(cookies?.length ? { cookies } : {}),
    headers,
    ...(rawQuery === "" ? {} : { queryStringParameters: parameters(rawQuery) }),
    requestContext: {
      accountId: request.accessKeyId === undefined ? "anonymous" : url.account,
      apiId: url.id,
      ...(request.accessKeyId === undefined ? {} : { authorizer: { iam: caller(url, request.accessKeyId) } }),
      domainName: domain,
      domainPrefix: url.id,
      http: {
        method,
        path: rawPath,
        protocol: "HTTP/1.1",
        sourceIp: request.sourceIp,
        userAgent: headers["user-agent"] ?? null,
      },
      requestId: request.requestId,
      routeKey: "$default",
      stage: "$default",
      time: commonLogTime(nowMs),
      timeEpoch: nowMs,
    },
    ...bodyOf(request.body, headers["content-type"]),
  });
}

function joined(headers: UrlRequest["headers"]): Record<string, string> {
  const all: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    const between = name === "cookie" ? "; " : ",";
    all[name] = typeof value === "string" ? value : value.join(between);
  }
  return all;
}

/** Values of a name that comes several times are joined. */
function parameters(rawQuery: string): Record<string, string> {
  const all = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(rawQuery)) {
    const before = all.get(name);
    all.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(all);
}

/** Whoever may sign here is the account itself. */
function caller({ account }: FunctionUrl, accessKey: string) {
  return {
    accessKey,
    accountId: account,
    callerId: account,
    cognitoIdentity: null,
    principalOrgId: null,
    userArn: `arn:aws:iam::${account}:root`,
    userId: account,
  };
}

function bodyOf(body: Uint8Array, contentType: string | undefined) {
  if (body.length === 0) return { isBase64Encoded: false };
  const text = contentType === undefined || TEXT_TYPE.test(contentType) ? asText(body) : undefined;
  if (text !== undefined) return { body: text, isBase64Encoded: false };
  return { body: Buffer.from(body).toString("base64"), isBase64Encoded: true };
}

function asText(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return undefined;
  }
}

/** `12/Mar/2020:19:03:58 +0000` */
function commonLogTime(atMs: number): string {
  const at = new Date(atMs);
  const day = String(at.getUTCDate()).padStart(2, "0");
  const time = at.toISOString().slice(11, 19);
  return `${day}/${MONTHS[at.getUTCMonth()]}/${at.getUTCFullYear()}:${time} +0000`;
}
