import type { Readable } from "node:stream";
import { AwsError } from "../kernel/errors.ts";
import type { ByteStream } from "../kernel/schema/shape.ts";
import type { WireRequest } from "./message.ts";

/** How long a request's body may be, and what to say when it is longer. */
export interface BodyLimit {
  readonly bytes: number;
  tooLong(): AwsError;
}

/**
 * Reads a request's whole body. One that is longer than the limit is refused as soon as that is known, from its
 * Content-Length or from what has arrived; the rest is not kept.
 */
export function readBody(request: WireRequest, limit: BodyLimit): Promise<Uint8Array> | Uint8Array {
  checkHead(request, limit);
  const { body } = request;
  return body instanceof Uint8Array ? body : readStream(body, limit);
}

/** The body as a stream, which fails when it turns out longer than the limit. */
export function streamBody(request: WireRequest, limit: BodyLimit): ByteStream {
  const lengthBytes = checkHead(request, limit);
  const { body } = request;
  const chunks = body instanceof Uint8Array ? [body] : (body as AsyncIterable<Uint8Array>);
  return { lengthBytes, [Symbol.asyncIterator]: () => upTo(limit, chunks) };
}

async function* upTo(
  limit: BodyLimit,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > limit.bytes) throw limit.tooLong();
    yield chunk;
  }
}

/** Refuses what the headers alone give away; returns the body's length if it is known. */
function checkHead(request: WireRequest, limit: BodyLimit): number | undefined {
  refuseEncoded(request);
  const announced = request.headers["content-length"];
  const length =
    request.body instanceof Uint8Array ? request.body.byteLength : announced && Number(announced);
  if (Number(length) > limit.bytes) throw limit.tooLong();
  return length === undefined ? undefined : Number(length);
}

/** By events and not as an async iterable: that takes half the time, and leaving it early does not end the socket. */
function readStream(stream: Readable, limit: BodyLimit): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    if (stream.destroyed) return reject(cutOff());
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    const settle = (act: () => void) => {
      stream.off("data", onData).off("end", onEnd).off("error", onError).off("close", onClose);
      act();
    };
    const onData = (chunk: Uint8Array) => {
      bytes += chunk.byteLength;
      chunks.push(chunk);
      if (bytes > limit.bytes) {
        stream.pause();
        settle(() => reject(limit.tooLong()));
      }
    };
    const onEnd = () =>
      settle(() => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, bytes)));
    const onError = (error: Error) => settle(() => reject(cutOff(error)));
    const onClose = () => settle(() => reject(cutOff()));
    stream.on("data", onData).on("end", onEnd).on("error", onError).on("close", onClose);
  });
}

function cutOff(cause?: Error): AwsError {
  return new AwsError(
    "RequestTimeoutException",
    "The connection ended before the request's body was complete.",
    {
      httpStatus: 408,
      cause,
    },
  );
}

/** Storing an encoded body as if it were plain would store garbage. */
function refuseEncoded(request: WireRequest): void {
  const encoding = request.headers["content-encoding"];
  const payload = request.headers["x-amz-content-sha256"];
  const chunked = typeof payload === "string" && payload.startsWith("STREAMING-");
  if (!chunked && (encoding === undefined || encoding === "" || encoding === "identity")) return;
  const named = chunked ? `aws-chunked (${payload})` : String(encoding);
  throw new AwsError(
    "NotImplemented",
    `Stepwell does not take this operation's body with the content encoding ${named}. Send it plain: ` +
      `in AWS's SDKs set requestChecksumCalculation to WHEN_REQUIRED and leave request compression off.`,
    { httpStatus: 501 },
  );
}
