import type { IncomingMessage } from "node:http";
import type { FunctionError } from "../host.ts";

const ERROR_TYPE = "lambda-runtime-function-error-type";
/** Base64 of JSON, after a streamed response that broke off. */
const ERROR_BODY = "lambda-runtime-function-error-body";

/** A request's whole body as text; undefined when it has more bytes than `most`, which are then read and forgotten. */
export async function readBody(request: IncomingMessage, most: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes <= most) chunks.push(chunk);
  }
  return bytes <= most ? Buffer.concat(chunks).toString() : undefined;
}

/**
 * The error that a runtime reports, in the body of a request about an error or in the trailers of a streamed response
 * (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming); undefined
 * when it reports none.
 */
export function reportedError(
  { headers, trailers }: IncomingMessage,
  body: string,
  isError: boolean,
): FunctionError | undefined {
  const type = (isError ? headers : trailers)[ERROR_TYPE]?.toString();
  if (isError) return functionError(body, type);
  if (type === undefined) return undefined;
  return functionError(Buffer.from(trailers[ERROR_BODY]?.toString() ?? "", "base64").toString(), type);
}

/** `payload` is what the runtime sent, which the caller gets as it is; without one, what is known of the error. */
function functionError(payload: string, type: string | undefined): FunctionError {
  const { errorType, errorMessage, stackTrace } = parse(payload);
  return {
    errorType: typeof errorType === "string" && errorType !== "" ? errorType : (type ?? "Runtime.Unknown"),
    errorMessage: typeof errorMessage === "string" ? errorMessage : "",
    ...(Array.isArray(stackTrace) ? { trace: stackTrace.map(String) } : {}),
    ...(payload === "" ? {} : { payload }),
  };
}

function parse(text: string): { errorType?: unknown; errorMessage?: unknown; stackTrace?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
