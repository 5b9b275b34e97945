import type { CallContext } from "../kernel/context.ts";
import { ChunkPipe } from "./chunk-pipe.ts";
import type { FunctionInvoker, InvokeInput, InvokeOutput } from "./invoke.ts";

/** A function's answer as it comes: what it streams, or what it returned in one piece. */
export interface StreamedAnswer {
  /** What the function says of its stream; absent when it streams nothing. */
  readonly contentType?: string;
  readonly streams: boolean;
  /** Of the function. */
  readonly version?: string;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Resolves when the invocation is over; the payload is that of a function that streams nothing, or an error. */
  readonly ended: Promise<InvokeOutput>;
}

/**
 * Invokes a function and resolves as soon as its answer begins
 * (https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html). Throws what Invoke throws.
 */
export async function invokeStreaming(
  invoker: FunctionInvoker,
  context: CallContext,
  input: InvokeInput,
): Promise<StreamedAnswer> {
  const pipe = new ChunkPipe();
  let begin!: (contentType: string | undefined) => void;
  const begun = new Promise<{ readonly contentType: string | undefined }>((resolve) => {
    begin = (contentType) => resolve({ contentType });
  });
  const onChunk = (chunk: Uint8Array, contentType?: string) => {
    begin(contentType);
    return pipe.write(chunk);
  };
  let version: string | undefined;
  const onStart = (started: string) => {
    version = started;
  };
  const ended = invoker.invoke(context, input, { onStart, onChunk });
  const over = ended.finally(() => pipe.end());
  // Whoever waits for the end gets its error.
  over.catch(() => {});
  const first = await Promise.race([begun, ended]);
  const answer = { chunks: pipe, ended, ...(version === undefined ? {} : { version }) };
  if (!("contentType" in first)) return { ...answer, streams: false };
  const { contentType } = first;
  return { ...answer, streams: true, ...(contentType === undefined ? {} : { contentType }) };
}

type StreamInput = Omit<InvokeInput, "InvocationType"> & {
  readonly InvocationType?: "RequestResponse" | "DryRun";
};

/**
 * InvokeWithResponseStream (https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html). What the
 * function throws is told at the end of the stream.
 */
export function invokeStreamOperation(invoker: FunctionInvoker) {
  return async (context: CallContext, input: StreamInput) => {
    if (input.InvocationType === "DryRun") {
      return { StatusCode: (await invoker.invoke(context, input)).StatusCode, EventStream: [] };
    }
    const answer = await invokeStreaming(invoker, context, input);
    return {
      StatusCode: 200,
      ...(answer.version === undefined ? {} : { ExecutedVersion: answer.version }),
      EventStream: events(answer),
    };
  };
}

async function* events({ chunks, ended }: StreamedAnswer) {
  for await (const Payload of chunks) yield { PayloadChunk: { Payload } };
  const { FunctionError, Payload, LogResult } = await ended;
  const log = LogResult === undefined ? {} : { LogResult };
  if (FunctionError === undefined) {
    if (Payload && Payload.length > 0) yield { PayloadChunk: { Payload } };
    yield { InvokeComplete: log };
    return;
  }
  const ErrorDetails = Buffer.from(Payload ?? []).toString();
  yield { InvokeComplete: { ErrorCode: FunctionError, ErrorDetails, ...log } };
}
