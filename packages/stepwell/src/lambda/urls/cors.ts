import type { UrlRequest, UrlResponse } from "./http.ts";
import type { Cors } from "./url.ts";

type Headers = Readonly<Record<string, string>>;

/** Whether Lambda answers in place of the function: the question of a browser whether a request may be made. */
export function isPreflight(cors: Cors | undefined, { method, headers }: UrlRequest): boolean {
  const asks = headers.origin !== undefined && headers["access-control-request-method"] !== undefined;
  return cors !== undefined && method === "OPTIONS" && asks;
}

/** An answer without headers means no. */
export function preflight(cors: Cors, request: UrlRequest): UrlResponse {
  const origin = allowedOrigin(cors, request);
  const { AllowMethods = [], AllowHeaders = [], MaxAge } = cors;
  if (origin === undefined) return { status: 200, headers: {}, body: "" };
  const headers: Headers = {
    ...originHeaders(cors, origin),
    ...(AllowMethods.length > 0 && { "access-control-allow-methods": AllowMethods.join(",") }),
    ...(AllowHeaders.length > 0 && { "access-control-allow-headers": AllowHeaders.join(",") }),
    ...(MaxAge !== undefined && { "access-control-max-age": String(MaxAge) }),
  };
  return { status: 200, headers, body: "" };
}

/** What is added to a response; it takes the place of what the function says itself. */
export function corsHeaders(cors: Cors | undefined, request: UrlRequest): Headers {
  const origin = cors && allowedOrigin(cors, request);
  if (!cors || origin === undefined) return {};
  const { ExposeHeaders = [] } = cors;
  return {
    ...originHeaders(cors, origin),
    ...(ExposeHeaders.length > 0 && { "access-control-expose-headers": ExposeHeaders.join(",") }),
  };
}

function originHeaders({ AllowCredentials }: Cors, origin: string): Headers {
  return {
    "access-control-allow-origin": origin,
    ...(AllowCredentials && { "access-control-allow-credentials": "true" }),
    vary: "Origin",
  };
}

/** Credentials are never sent where any origin is allowed by `*`, so their origin is named. */
function allowedOrigin({ AllowOrigins = [], AllowCredentials }: Cors, { headers }: UrlRequest) {
  const { origin } = headers;
  if (typeof origin !== "string") return undefined;
  if (AllowOrigins.includes("*")) return AllowCredentials ? origin : "*";
  return AllowOrigins.some((allowed) => allowed.toLowerCase() === origin.toLowerCase()) ? origin : undefined;
}
