import type { AwsError } from "../kernel/errors.ts";
import type { Protocol as ProtocolName } from "../kernel/schema/file.ts";
import type { OperationSchema, ServiceSchema } from "../kernel/schema/shape.ts";
import { awsJson } from "./aws-json.ts";
import type { BodyLimit } from "./body.ts";
import { header, type WireRequest, type WireResponse } from "./message.ts";
import { query, queryInJson } from "./query.ts";
import { wantsJson } from "./query-json.ts";
import { restJson } from "./rest-json.ts";

/** The operation that a request asks for, with what finding it has already read of the request. */
export interface Route {
  readonly operation: OperationSchema;
  /** The path's labels, still percent-encoded; empty where the path says nothing. */
  readonly labels: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

/** What an answer says besides the operation's output. */
export interface Answered {
  readonly schema: ServiceSchema;
  readonly requestId: string;
}

/** One of AWS's protocols, on the server's side. */
export interface Protocol {
  /** Finds the operation; throws AwsError (UnknownOperationException) when the service has none such. */
  route(schema: ServiceSchema, request: WireRequest): Route;
  decode(route: Route, request: WireRequest, limit: BodyLimit): Promise<Record<string, unknown>>;
  encode(
    operation: OperationSchema,
    output: Readonly<Record<string, unknown>>,
    answered: Answered,
  ): WireResponse;
  /** `schema` is undefined when the request was for no service. */
  encodeError(schema: ServiceSchema | undefined, error: AwsError, requestId: string): WireResponse;
}

const PROTOCOLS: Readonly<Record<ProtocolName, Protocol>> = {
  "rest-json": restJson,
  "aws-json-1.0": awsJson("1.0"),
  "aws-json-1.1": awsJson("1.1"),
  query,
};

/** How the caller speaks to a service. */
export function protocolOf(schema: ServiceSchema, request: WireRequest): Protocol {
  const name = protocolNameOf(schema, request);
  return name === "query" && wantsJson(request) ? queryInJson : PROTOCOLS[name];
}

export function protocolNameOf(schema: ServiceSchema, request: WireRequest): ProtocolName {
  return schema.alsoQuery && header(request, "x-amz-target") === undefined ? "query" : schema.protocol;
}
