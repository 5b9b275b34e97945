import { badGateway, type UrlResponse } from "./http.ts";

/**
 * The HTTP response that a function's answer stands for
 * (https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads): an object with a statusCode says
 * it all; any other JSON is the body of a response with status 200.
 */
export function urlResponse(payload: string): UrlResponse {
  let answer: unknown;
  try {
    answer = JSON.parse(payload);
  } catch {
    // Runtimes of the function's own may answer with any text.
    return badGateway();
  }
  if (typeof answer === "object" && answer !== null && "statusCode" in answer) return told(answer);
  const body = typeof answer === "string" ? answer : payload;
  return { status: 200, headers: { "content-type": "application/json" }, body };
}

/** What a response begins with: of an answer, or of a stream before its body. */
export interface ResponseHead {
  readonly statusCode?: unknown;
  readonly headers?: unknown;
  readonly cookies?: unknown;
}

interface ToldResponse extends ResponseHead {
  readonly body?: unknown;
  readonly isBase64Encoded?: unknown;
}

function told(answer: ToldResponse): UrlResponse {
  const head = headOf(answer);
  return head ? { ...head, body: bodyOf(answer) } : badGateway();
}

/** Status and headers; undefined if HTTP could not carry them. */
export function headOf({ statusCode = 200, headers, cookies }: ResponseHead) {
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 200 || status > 599) return undefined;
  const all: Record<string, string | readonly string[]> = { "content-type": "application/json" };
  for (const [name, value] of Object.entries(isObject(headers) ? headers : {})) {
    if (value === null || value === undefined) continue;
    const text = Array.isArray(value) ? value.join(",") : String(value);
    if (!isHeader(name, text)) return undefined;
    // Lambda's server frames the body, not the function.
    if (!FRAMING.has(name.toLowerCase())) all[name.toLowerCase()] = text;
  }
  if (Array.isArray(cookies) && cookies.length > 0) {
    if (!cookies.every((cookie) => isHeader("set-cookie", String(cookie)))) return undefined;
    all["set-cookie"] = cookies.map(String);
  }
  return { status, headers: all };
}

const FRAMING = new Set(["content-length", "transfer-encoding", "connection", "keep-alive"]);
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

function isHeader(name: string, value: string): boolean {
  return HEADER_NAME.test(name) && HEADER_VALUE.test(value);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function bodyOf({ body, isBase64Encoded }: ToldResponse): string | Uint8Array {
  if (body === undefined || body === null) return "";
  if (typeof body !== "string") return JSON.stringify(body);
  return isBase64Encoded === true ? Buffer.from(body, "base64") : body;
}
