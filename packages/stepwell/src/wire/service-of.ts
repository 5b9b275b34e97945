import { AwsError } from "../kernel/errors.ts";
import { serviceIndex, serviceSchema } from "../kernel/schema/services.ts";
import type { ServiceSchema } from "../kernel/schema/shape.ts";
import type { CredentialScope } from "./credential.ts";
import { parametersOf } from "./form.ts";
import { header, type WireRequest } from "./message.ts";
import { findRest } from "./rest-json.ts";

/**
 * Which service a request is for: by the target header, by the service that it is signed for, by its path. Throws
 * AwsError when it is for none that Stepwell has.
 */
export function serviceOf(request: WireRequest, scope: CredentialScope | undefined): ServiceSchema {
  const target = header(request, "x-amz-target");
  const name =
    (target !== undefined && byTarget(target)) ||
    (scope && bySigningName(scope.signingName)) ||
    byAction(request) ||
    byPath(request);
  if (name) return serviceSchema(name);
  throw unknownService(request, target, scope);
}

function byTarget(target: string): string | undefined {
  const prefix = target.slice(0, Math.max(target.lastIndexOf("."), 0));
  return find(({ targetPrefix }) => targetPrefix === prefix);
}

function bySigningName(name: string): string | undefined {
  return find(({ signingName }) => signingName === name);
}

/**
 * Query without a signature: links that people follow, such as the one that confirms a subscription, and operations
 * that give their caller credentials.
 */
function byAction(request: WireRequest): string | undefined {
  const action = parametersOf(request).get("Action");
  if (action === null) return undefined;
  for (const [service, { protocol, alsoQuery }] of serviceIndex()) {
    if ((protocol === "query" || alsoQuery) && serviceSchema(service).operations.has(action)) return service;
  }
  return undefined;
}

/** Unsigned requests, as curl sends them. */
function byPath(request: WireRequest): string | undefined {
  for (const [service, { protocol }] of serviceIndex()) {
    if (protocol === "rest-json" && findRest(serviceSchema(service), request)) return service;
  }
  return undefined;
}

type Entry = ReturnType<typeof serviceIndex> extends ReadonlyMap<string, infer E> ? E : never;

function find(matches: (entry: Entry) => boolean): string | undefined {
  for (const [service, entry] of serviceIndex()) if (matches(entry)) return service;
  return undefined;
}

function unknownService(
  request: WireRequest,
  target: string | undefined,
  scope: CredentialScope | undefined,
): AwsError {
  const have = [...serviceIndex().keys()].join(", ");
  if (target !== undefined || scope) {
    const named = target === undefined ? `the service ${scope!.signingName}` : `the target ${target}`;
    return new AwsError("UnknownOperationException", `Stepwell does not have ${named}. It has: ${have}.`, {
      httpStatus: 501,
    });
  }
  return new AwsError(
    "UnknownOperationException",
    `Nothing is at ${request.method} ${request.rawPath}. Stepwell serves the APIs of: ${have}.`,
    { httpStatus: 404 },
  );
}
