import { AwsError } from "../kernel/errors.ts";
import { serviceSchema } from "../kernel/schema/services.ts";
import { refusal } from "../lambda/urls/http.ts";
import type { ServedUrls } from "../lambda/urls/serve.ts";
import type { FunctionUrl } from "../lambda/urls/url.ts";
import { readBody } from "./body.ts";
import { credentialScope } from "./credential.ts";
import { URL_LIMIT } from "./limits.ts";
import { header, type WireRequest, type WireResponse } from "./message.ts";
import type { SignatureVerifier } from "./signature/verifier.ts";

/** `/_url/ID/rest` */
const BY_PATH = /^\/_url\/([^/]+)(\/.*)?$/;
/** `ID.lambda-url.REGION.on.aws`, or any other domain after the region that leads here. */
const BY_HOST = /^([a-z0-9]+)\.lambda-url\.[a-z0-9-]+\./i;

/**
 * Answers a request for a function's URL; undefined when it is for none. Such requests are no calls of an API: nobody
 * needs a key for a URL that is public.
 */
export async function answerFunctionUrl(
  request: WireRequest,
  requestId: string,
  urls: ServedUrls,
  verifier: SignatureVerifier | undefined,
): Promise<WireResponse | undefined> {
  const sought = soughtBy(request);
  if (!sought) return undefined;
  try {
    const url = await urls.find(sought.id);
    if (!url) return refusal(404, null, "ResourceNotFoundException");
    const { body, accessKeyId } = await received(request, url, verifier);
    return await urls.answer(url, {
      ...{ requestId, body, rawPath: sought.rawPath },
      ...(accessKeyId === undefined ? {} : { accessKeyId }),
      method: request.method,
      rawQuery: request.rawQuery,
      headers: withForwarding(request, requestId),
      sourceIp: request.sourceIp ?? "127.0.0.1",
      signal: request.signal,
    });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return refusal(error.httpStatus, error.message, error.code);
  }
}

function soughtBy(request: WireRequest) {
  const [, byPath, rest] = BY_PATH.exec(request.rawPath) ?? [];
  if (byPath !== undefined) return { id: byPath, rawPath: rest ?? "/" };
  const [, byHost] = BY_HOST.exec(header(request, "host") ?? "") ?? [];
  return byHost === undefined ? undefined : { id: byHost.toLowerCase(), rawPath: request.rawPath };
}

/** The body, and who has signed the request, which only a URL with AWS_IAM asks for. */
async function received(request: WireRequest, url: FunctionUrl, verifier: SignatureVerifier | undefined) {
  const scope = url.authType === "AWS_IAM" ? credentialScope(request) : undefined;
  if (!scope) return { body: await readBody(request, URL_LIMIT) };
  if (!verifier) return { body: await readBody(request, URL_LIMIT), accessKeyId: scope.accessKeyId };
  const checked = await verifier.check(request, serviceSchema("lambda"))(URL_LIMIT);
  return { body: await readBody(checked, URL_LIMIT), accessKeyId: scope.accessKeyId };
}

/** What AWS's front end adds. */
function withForwarding(request: WireRequest, requestId: string): WireRequest["headers"] {
  const { headers, sourceIp = "127.0.0.1" } = request;
  const port = header(request, "host")?.split(":")[1] ?? "80";
  return {
    "x-forwarded-for": sourceIp,
    "x-forwarded-proto": "http",
    "x-forwarded-port": port,
    "x-amzn-trace-id": `Root=1-${requestId.slice(0, 8)}-${requestId.replaceAll("-", "").slice(8, 32)}`,
    ...headers,
  };
}
