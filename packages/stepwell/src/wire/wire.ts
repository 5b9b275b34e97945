import type { Clock } from "../kernel/clock.ts";
import { type CallContext, DEFAULT_ACCOUNT, DEFAULT_REGION } from "../kernel/context.ts";
import { AwsError } from "../kernel/errors.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Logger } from "../kernel/logger.ts";
import type { OperationTable } from "../kernel/operations.ts";
import type { ServiceSchema } from "../kernel/schema/shape.ts";
import type { Sessions } from "../kernel/sessions.ts";
import type { ServedUrls } from "../lambda/urls/serve.ts";
import { readBody } from "./body.ts";
import { type CredentialScope, credentialScope, sessionToken } from "./credential.ts";
import { isForm } from "./form.ts";
import { answerFunctionUrl } from "./function-urls.ts";
import { bodyLimit, FORM_LIMIT } from "./limits.ts";
import { header, type WireRequest, type WireResponse } from "./message.ts";
import { needsNoSignature } from "./open.ts";
import { type Protocol, protocolOf } from "./protocol.ts";
import { restJson } from "./rest-json.ts";
import { serviceOf } from "./service-of.ts";
import type { SignatureVerifier } from "./signature/verifier.ts";

export interface WireOptions {
  readonly operations: OperationTable;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  /** Refuses requests without a good signature; without one nobody asks for signatures. */
  readonly verifier?: SignatureVerifier;
  /** Functions' URLs, which are served beside the APIs. */
  readonly urls?: ServedUrls;
  /** Knows whom temporary credentials are for. */
  readonly sessions?: Sessions;
}

/** Answers requests of AWS's clients. */
export type Handle = (request: WireRequest) => Promise<WireResponse>;

/** Where anything that wants to know may ask whether the server is up. */
const HEALTH_PATH = "/_stepwell/health";

/**
 * The wire as a function of a request: finds the service and the operation, decodes the input, calls the operation
 * and encodes what comes of it. It never rejects; what fails becomes an error in the service's protocol.
 */
export function createWire(options: WireOptions): Handle {
  return async (request) => {
    const requestId = options.ids.uuid();
    const response =
      request.rawPath === HEALTH_PATH
        ? health()
        : ((await answerUrl(request, requestId, options)) ?? (await answer(request, requestId, options)));
    return { ...response, headers: { ...response.headers, "x-amzn-requestid": requestId } };
  };
}

async function answerUrl(
  request: WireRequest,
  requestId: string,
  options: WireOptions,
): Promise<WireResponse | undefined> {
  const { urls, verifier } = options;
  if (!urls) return undefined;
  try {
    return await answerFunctionUrl(request, requestId, urls, verifier);
  } catch (error) {
    return restJson.encodeError(undefined, asAwsError(error, requestId, options), requestId);
  }
}

async function answer(received: WireRequest, requestId: string, options: WireOptions): Promise<WireResponse> {
  let schema: ServiceSchema | undefined;
  let protocol: Protocol = restJson;
  try {
    const request = isForm(received) ? { ...received, body: await readBody(received, FORM_LIMIT) } : received;
    const scope = credentialScope(request);
    schema = serviceOf(request, scope);
    protocol = protocolOf(schema, request);
    const isOpen = scope === undefined && needsNoSignature(schema, request);
    const checkBody = isOpen ? undefined : options.verifier?.check(request, schema);
    const route = protocol.route(schema, request);
    const { operation } = route;
    const limit = bodyLimit(operation, request);
    const checked = checkBody ? await checkBody(limit) : request;
    const input = await protocol.decode(route, checked, limit);
    const context = callContext(request, requestId, scope, options);
    const output = await options.operations.call(context, operation.fullName, input);
    return protocol.encode(operation, (output ?? {}) as Record<string, unknown>, { schema, requestId });
  } catch (error) {
    return protocol.encodeError(schema, asAwsError(error, requestId, options), requestId);
  }
}

function callContext(
  request: WireRequest,
  requestId: string,
  scope: CredentialScope | undefined,
  { clock, log, sessions }: WireOptions,
): CallContext {
  const token = sessions && sessionToken(request);
  const session = token === undefined ? undefined : sessions!.find(token);
  return {
    account: DEFAULT_ACCOUNT,
    region: scope?.region ?? DEFAULT_REGION,
    principal: session?.principal ?? `arn:aws:iam::${DEFAULT_ACCOUNT}:root`,
    requestId,
    ...(scope ? {} : { anonymous: true }),
    ...endpointOf(request),
    ...traceOf(request),
    clock,
    signal: request.signal,
    log,
  };
}

/** Where the caller reaches this server, by its own request. */
function endpointOf(request: WireRequest): { readonly endpointUrl?: string } {
  const host = header(request, "host");
  if (host === undefined) return {};
  return { endpointUrl: `${header(request, "x-forwarded-proto") === "https" ? "https" : "http"}://${host}` };
}

function traceOf(request: WireRequest): { readonly traceHeader?: string } {
  const traceHeader = header(request, "x-amzn-trace-id");
  return traceHeader === undefined ? {} : { traceHeader };
}

function asAwsError(error: unknown, requestId: string, { log }: WireOptions): AwsError {
  if (error instanceof AwsError) return error;
  log.error({ requestId, error }, "a request could not be answered");
  return new AwsError("ServiceException", "The request failed inside Stepwell; its log says why.", {
    httpStatus: 500,
    cause: error,
  });
}

function health(): WireResponse {
  return { status: 200, headers: { "content-type": "application/json" }, body: '{"status":"ok"}' };
}
