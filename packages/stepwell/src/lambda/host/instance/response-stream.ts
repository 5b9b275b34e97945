import { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import type { ResponseChunk } from "../protocol.ts";
import type { LambdaContext } from "./lambda-context.ts";
import type { Handler } from "./load-handler.ts";

/** How a handler says that it streams; AWS's runtimes use the same symbol. */
const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
/** Of a stream that begins with status and headers, and eight zero bytes before the body. */
const HTTP_CONTENT_TYPE = "application/vnd.awslambda.http-integration-response";

type StreamingHandler = (event: unknown, stream: Writable, context: LambdaContext) => unknown;

/** What a streaming handler writes its response to; it is sent on as it is written, as fast as it is taken. */
class ResponseStream extends Writable {
  readonly #send: (chunk: ResponseChunk) => Promise<unknown>;
  #contentType: string | undefined;
  #prelude: Buffer | undefined;

  constructor(send: (chunk: ResponseChunk) => Promise<unknown>) {
    super();
    this.#send = send;
  }

  setContentType(contentType: string): void {
    this.#contentType = contentType;
  }

  /** Sets what comes before the body. */
  begin(prelude: object): void {
    this.setContentType(HTTP_CONTENT_TYPE);
    this.#prelude = Buffer.concat([Buffer.from(JSON.stringify(prelude)), Buffer.alloc(8)]);
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.#forward([chunk], done);
  }

  override _writev(
    chunks: { readonly chunk: Buffer; readonly encoding: string }[],
    done: (error?: Error) => void,
  ): void {
    this.#forward(
      chunks.map(({ chunk }) => chunk),
      done,
    );
  }

  override _final(done: (error?: Error) => void): void {
    if (this.#prelude) this.#forward([], done);
    else done();
  }

  #forward(chunks: readonly Buffer[], done: (error?: Error) => void): void {
    const bytes = Buffer.concat(this.#prelude ? [this.#prelude, ...chunks] : chunks);
    const contentType = this.#contentType;
    this.#prelude = undefined;
    this.#contentType = undefined;
    const chunk = { base64: bytes.toString("base64"), ...(contentType === undefined ? {} : { contentType }) };
    this.#send(chunk).then(() => done(), done);
  }
}

/** AWS's runtimes have this global. */
export function defineStreamingGlobal(): void {
  const awslambda = {
    streamifyResponse: (handler: object) => Object.assign(handler, { [STREAMING]: "response" }),
    HttpResponseStream: {
      from(stream: ResponseStream, prelude: object): ResponseStream {
        stream.begin(prelude);
        return stream;
      },
    },
  };
  Object.assign(globalThis, { awslambda });
}

export function isStreaming(handler: Handler): boolean {
  return STREAMING in handler;
}

/** A plain handler of one that streams: it has answered when its stream has ended. */
export function buffered(handler: Handler, send: (chunk: ResponseChunk) => Promise<unknown>): Handler {
  return async (event, context) => {
    const stream = new ResponseStream(send);
    const ended = finished(stream);
    // Its failure is the handler's when that waits for it; else it is ours below.
    ended.catch(() => {});
    await (handler as unknown as StreamingHandler)(event, stream, context);
    await ended;
  };
}
