import { header, type WireRequest } from "./message.ts";

const FORM = "application/x-www-form-urlencoded";

/** Whether the body is a form: it may name the operation, so that it is read before anything else. */
export function isForm(request: WireRequest): boolean {
  return header(request, "content-type")?.startsWith(FORM) ?? false;
}

/** The parameters of a form that has been read, and of the query; what the form says comes first. */
export function parametersOf(request: WireRequest): URLSearchParams {
  const body = isForm(request) && request.body instanceof Uint8Array ? request.body : new Uint8Array();
  const parameters = new URLSearchParams(Buffer.from(body).toString("utf8"));
  for (const [name, value] of new URLSearchParams(request.rawQuery)) parameters.append(name, value);
  return parameters;
}
