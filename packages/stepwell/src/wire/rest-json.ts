import { AwsError } from "../kernel/errors.ts";
import type { ServiceSchema, StructureShape } from "../kernel/schema/shape.ts";
import { errorToJson } from "./error-members.ts";
import type { WireRequest } from "./message.ts";
import type { Protocol, Route } from "./protocol.ts";
import { restPlan } from "./rest-plan.ts";
import { decodeRestRequest } from "./rest-request.ts";
import { boundHeaders, encodeRestResponse } from "./rest-response.ts";
import { Router } from "./router.ts";

const routers = new WeakMap<ServiceSchema, Router>();

/** https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html */
export const restJson: Protocol = {
  route(schema, request) {
    return findRest(schema, request) ?? unknownPath(schema, request);
  },
  decode: ({ operation, labels, query }, request, limit) =>
    decodeRestRequest(operation, request, labels, query, limit),
  encode: encodeRestResponse,
  encodeError(schema, error) {
    const shape = schema?.errors.get(error.code);
    return {
      status: error.httpStatus,
      headers: {
        "content-type": "application/json",
        "x-amzn-errortype": error.code,
        ...(shape && boundHeaders(shape, error.fields)),
      },
      body: JSON.stringify(shape ? modelled(shape, error) : { message: error.message, ...error.fields }),
    };
  },
};

/** The operation that the path names, or undefined. */
export function findRest(schema: ServiceSchema, request: WireRequest): Route | undefined {
  let router = routers.get(schema);
  if (!router) {
    router = new Router(schema.operations.values());
    routers.set(schema, router);
  }
  const query = new URLSearchParams(request.rawQuery);
  const match = router.match(request.method, request.rawPath, query);
  return match && { ...match, query };
}

function unknownPath(schema: ServiceSchema, request: WireRequest): never {
  throw new AwsError(
    "UnknownOperationException",
    `Stepwell's ${schema.service} has no operation at ${request.method} ${request.rawPath}.`,
    { httpStatus: 404 },
  );
}

/** Lambda's errors have a `Type`: whose fault it was. */
function modelled(shape: StructureShape, error: AwsError): Record<string, unknown> {
  const members = restPlan(shape).body;
  const type = members.some(({ name }) => name === "Type") && {
    Type: error.fault === "client" ? "User" : "Service",
  };
  return { ...type, ...errorToJson(members, shape, error) };
}
