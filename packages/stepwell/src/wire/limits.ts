import { AwsError } from "../kernel/errors.ts";
import type { OperationSchema } from "../kernel/schema/shape.ts";
import type { BodyLimit } from "./body.ts";
import type { WireRequest } from "./message.ts";

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB synchronous, 1 MB asynchronous. */
const SYNCHRONOUS_INVOKE_BYTES = 6_291_456;
const ASYNCHRONOUS_INVOKE_BYTES = 1_048_576;
/** 50 MB of zip in base64 with the JSON around it, as AWS's own refusal has it. */
const CODE_UPLOAD_BYTES = 70_167_211;
/** For everything else: above what any other operation's members add up to, escaped in JSON. */
const OTHER_BYTES = 16_777_216;

type Bytes = (request: WireRequest) => number;

const LIMITS: Readonly<Record<string, Bytes>> = {
  "lambda.Invoke": (request) =>
    request.headers["x-amz-invocation-type"] === "Event"
      ? ASYNCHRONOUS_INVOKE_BYTES
      : SYNCHRONOUS_INVOKE_BYTES,
  "lambda.InvokeAsync": () => ASYNCHRONOUS_INVOKE_BYTES,
  "lambda.InvokeWithResponseStream": () => SYNCHRONOUS_INVOKE_BYTES,
  "lambda.CreateFunction": () => CODE_UPLOAD_BYTES,
  "lambda.UpdateFunctionCode": () => CODE_UPLOAD_BYTES,
  "lambda.PublishLayerVersion": () => CODE_UPLOAD_BYTES,
};

/** AWS calls Invoke by an older name in this message. */
const NAMES: Readonly<Record<string, string>> = { Invoke: "InvokeFunction" };

/** How long the body of this request may be. */
export function bodyLimit(operation: OperationSchema, request: WireRequest): BodyLimit {
  const bytes = LIMITS[operation.fullName]?.(request) ?? OTHER_BYTES;
  return limitedTo(bytes, `the ${NAMES[operation.name] ?? operation.name} operation`);
}

/** The same of a form, which is read before the operation is known. */
export const FORM_LIMIT: BodyLimit = limitedTo(OTHER_BYTES, "an operation in a form");

function limitedTo(bytes: number, what: string): BodyLimit {
  return {
    bytes,
    tooLong: () =>
      new AwsError(
        "RequestEntityTooLargeException",
        `Request must be smaller than ${bytes} bytes for ${what}`,
        { httpStatus: 413 },
      ),
  };
}

/** What a function's URL takes. */
export const URL_LIMIT: BodyLimit = limitedTo(SYNCHRONOUS_INVOKE_BYTES, "the InvokeFunction operation");
