import { AwsError } from "../kernel/errors.ts";
import type { OperationSchema, ServiceSchema } from "../kernel/schema/shape.ts";
import { parametersOf } from "./form.ts";
import type { WireRequest } from "./message.ts";
import type { Protocol } from "./protocol.ts";
import { parseParameters, structureFromParameters } from "./query-input.ts";
import { membersToQueryJson } from "./query-json.ts";
import { element, escapeXml, membersToXml } from "./xml.ts";

const XML = { "content-type": "text/xml" };
const JSON_TYPE = { "content-type": "application/json" };

/**
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html: the operation and its input are parameters of a form in
 * the body, or of the query; the output is XML.
 */
export const query: Protocol = {
  route(schema, request) {
    const parameters = parametersOf(request);
    const action = parameters.get("Action");
    if (action === null) {
      throw new AwsError(
        "MissingAction",
        `A request to ${schema.service} names its operation in the parameter Action; this one has none.`,
      );
    }
    const operation = schema.operations.get(action);
    if (operation) return { operation, labels: {}, query: withAddress(parameters, operation, request) };
    const version = parameters.get("Version") ?? "";
    throw new AwsError(
      "InvalidAction",
      `The action ${action} is not valid for this endpoint. Stepwell's ${schema.service} has no such operation` +
        `${version === "" || version === schema.apiVersion ? "" : ` (its version is ${schema.apiVersion}, not ${version})`}.`,
    );
  },
  async decode({ operation, query: parameters }) {
    return structureFromParameters(operation.input, parseParameters(parameters));
  },
  encode(operation, output, { schema, requestId }) {
    const result =
      operation.output.name === "Unit"
        ? ""
        : element(`${operation.name}Result`, membersToXml(operation.output, output));
    const metadata = element("ResponseMetadata", element("RequestId", requestId));
    return {
      status: operation.status,
      headers: XML,
      body: document(`${operation.name}Response`, schema.xmlNamespace, result + metadata),
    };
  },
  encodeError(schema, error, requestId) {
    const { shape, code, status, type, message } = errorOf(schema, error);
    const details =
      element("Type", type) +
      element("Code", escapeXml(code)) +
      element("Message", escapeXml(message)) +
      (shape ? membersToXml(shape, withoutMessage(error.fields)) : "");
    return {
      status,
      headers: XML,
      body: document(
        "ErrorResponse",
        schema?.xmlNamespace,
        element("Error", details) + element("RequestId", requestId),
      ),
    };
  },
};

/** Query for those who ask for JSON instead of XML: an answer says the same. */
export const queryInJson: Protocol = {
  ...query,
  encode(operation, output, { requestId }) {
    const result =
      operation.output.name === "Unit"
        ? {}
        : { [`${operation.name}Result`]: membersToQueryJson(operation.output, output) };
    const response = { ...result, ResponseMetadata: { RequestId: requestId } };
    return {
      status: operation.status,
      headers: JSON_TYPE,
      body: JSON.stringify({ [`${operation.name}Response`]: response }),
    };
  },
  encodeError(schema, error, requestId) {
    const { code, status, type, message } = errorOf(schema, error);
    const body = { Error: { Code: code, Message: message, Type: type }, RequestId: requestId };
    return { status, headers: JSON_TYPE, body: JSON.stringify(body) };
  },
};

function errorOf(schema: ServiceSchema | undefined, error: AwsError) {
  const shape = schema?.errors.get(error.code);
  const [code, status] = shape?.queryError ?? [error.queryCode ?? error.code, error.httpStatus];
  const type = error.fault === "client" ? "Sender" : "Receiver";
  return { shape, code, status, type, message: error.queryMessage ?? error.message };
}

/** SQS: a request may be sent to a queue's URL, which it then need not name. */
function withAddress(parameters: URLSearchParams, { input }: OperationSchema, { rawPath }: WireRequest) {
  const isAsked = input.members.some(({ name }) => name === "QueueUrl") && !parameters.has("QueueUrl");
  if (isAsked && rawPath !== "/") parameters.append("QueueUrl", rawPath);
  return parameters;
}

function document(name: string, namespace: string | undefined, content: string): string {
  const attribute = namespace === undefined ? "" : ` xmlns="${namespace}"`;
  return `<?xml version="1.0"?><${name}${attribute}>${content}</${name}>`;
}

function withoutMessage(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { message: _, Message: __, ...others } = fields;
  return others;
}
