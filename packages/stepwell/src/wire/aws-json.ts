import { AwsError } from "../kernel/errors.ts";
import { fromJson } from "../kernel/schema/from-json.ts";
import type { Member, StructureShape } from "../kernel/schema/shape.ts";
import { membersToJson, toJson } from "../kernel/schema/to-json.ts";
import { readBody } from "./body.ts";
import { errorToJson } from "./error-members.ts";
import { encodeEventStream, encodeInitialResponse } from "./event-stream.ts";
import { parseJsonObject } from "./json-body.ts";
import { header } from "./message.ts";
import type { Protocol } from "./protocol.ts";

const NO_QUERY = new URLSearchParams();
/** Where AWS's errors are declared that no service declares. */
const CORAL = "com.amazon.coral.service";
const EVENT_STREAM = "application/vnd.amazon.eventstream";

type Events = Parameters<typeof encodeEventStream>[1];

/**
 * https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html: the operation is named in `X-Amz-Target`, input and
 * output are the body. The two versions differ in the content type alone.
 */
export function awsJson(version: "1.0" | "1.1"): Protocol {
  const headers = { "content-type": `application/x-amz-json-${version}` };
  return {
    route(schema, request) {
      const target = header(request, "x-amz-target") ?? "";
      const name = target.slice(target.lastIndexOf(".") + 1);
      const operation = schema.operations.get(name);
      if (operation) return { operation, labels: {}, query: NO_QUERY };
      throw new AwsError(
        "UnknownOperationException",
        target === ""
          ? `A request to ${schema.service} names its operation in the header X-Amz-Target; this one has none.`
          : `Stepwell's ${schema.service} has no operation ${name}.`,
      );
    },
    async decode({ operation }, request, limit) {
      const json = parseJsonObject(await readBody(request, limit));
      return fromJson(operation.input, json) as Record<string, unknown>;
    },
    encode(operation, output) {
      const { status, output: shape } = operation;
      const stream = streamMember(shape);
      if (!stream) return { status, headers, body: JSON.stringify(toJson(shape, output)) };
      const others = shape.members.filter((member) => member !== stream);
      const initial = encodeInitialResponse(
        headers["content-type"],
        JSON.stringify(membersToJson(others, output)),
      );
      const events = encodeEventStream(stream.shape as StructureShape, output[stream.name] as Events);
      return { status, headers: { "content-type": EVENT_STREAM }, body: following(initial, events) };
    },
    encodeError(schema, error) {
      const shape = schema?.errors.get(error.code);
      const fields = shape
        ? errorToJson(shape.members, shape, error)
        : { message: error.message, ...error.fields };
      const type = schema?.alsoQuery
        ? `${shape ? `com.amazonaws.${schema.service}` : CORAL}#${error.code}`
        : error.code;
      return {
        status: error.httpStatus,
        headers: {
          ...headers,
          "x-amzn-errortype": error.code,
          ...(schema?.alsoQuery && queryError(error, shape)),
        },
        body: JSON.stringify({ __type: type, ...fields }),
      };
    },
  };
}

/**
 * Clients that have moved from Query to JSON go on to know errors by their old codes
 * (https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#x-amzn-query-error).
 */
function queryError(error: AwsError, shape: StructureShape | undefined): Record<string, string> {
  const code = shape?.queryError?.[0] ?? error.queryCode ?? error.code;
  return { "x-amzn-query-error": `${code};${error.fault === "client" ? "Sender" : "Receiver"}` };
}

/** The member whose values follow one another, of an output that has one. */
function streamMember(shape: StructureShape): Member | undefined {
  return shape.members.find((member) => member.shape.type === "union" && member.shape.streaming);
}

async function* following(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}
