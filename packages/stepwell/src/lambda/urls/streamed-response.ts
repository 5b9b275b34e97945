import type { StreamedAnswer } from "../invoke-stream.ts";
import { badGateway, type UrlResponse } from "./http.ts";
import { headOf } from "./response.ts";

/** Of a stream that begins with status and headers as JSON, and eight zero bytes before the body. */
const HTTP_CONTENT_TYPE = "application/vnd.awslambda.http-integration-response";
const SEPARATOR = Buffer.alloc(8);

/**
 * The HTTP response of a URL whose function streams
 * (https://docs.aws.amazon.com/lambda/latest/dg/response-streaming-tutorial.html): it begins before the function ends.
 */
export async function streamedResponse(answer: StreamedAnswer): Promise<UrlResponse> {
  if (!answer.streams) {
    const { FunctionError, Payload } = await answer.ended;
    if (FunctionError !== undefined || Payload === undefined) return badGateway();
    // As it is: a function that returns has not said which part of it would be status and headers.
    return { status: 200, headers: { "content-type": "application/json" }, body: Payload };
  }
  const chunks = answer.chunks[Symbol.asyncIterator]();
  if (answer.contentType !== HTTP_CONTENT_TYPE) {
    const headers = { "content-type": answer.contentType ?? "application/octet-stream" };
    return { status: 200, headers, body: bodyOf(chunks, answer) };
  }
  const { prelude, rest } = await readPrelude(chunks);
  const head = prelude && headOf(prelude);
  if (!head) {
    // Nobody will read the rest; the function must not wait for it.
    await chunks.return?.();
    return badGateway();
  }
  return { ...head, body: bodyOf(chunks, answer, rest) };
}

/** A function that fails while it streams breaks the response off: its status has been sent. */
async function* bodyOf(chunks: AsyncIterator<Uint8Array>, { ended }: StreamedAnswer, first?: Uint8Array) {
  if (first && first.length > 0) yield first;
  try {
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  } finally {
    await chunks.return?.();
  }
  if ((await ended).FunctionError !== undefined) throw new Error("The function failed while it streamed.");
}

async function readPrelude(chunks: AsyncIterator<Uint8Array>) {
  let read = Buffer.alloc(0);
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
    read = Buffer.concat([read, next.value]);
    const at = read.indexOf(SEPARATOR);
    if (at >= 0) return { prelude: parsed(read.subarray(0, at)), rest: read.subarray(at + SEPARATOR.length) };
  }
  return { prelude: undefined, rest: undefined };
}

function parsed(json: Buffer): object | undefined {
  try {
    const value: unknown = JSON.parse(json.toString());
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
