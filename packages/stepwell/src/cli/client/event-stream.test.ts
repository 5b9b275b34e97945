import { expect, test } from "vitest";
import { AwsError } from "../../kernel/errors.ts";
import { operationSchema } from "../../kernel/schema/services.ts";
import type { StructureShape } from "../../kernel/schema/shape.ts";
import { encodeEventStream } from "../../wire/event-stream.ts";
import { decodeEvents } from "./event-stream.ts";

const union = operationSchema("logs.StartLiveTail")!.output.members[0]!.shape as StructureShape;
const EVENTS = [
  { sessionStart: { sessionId: "s" } },
  { sessionUpdate: { sessionResults: [{ message: "first\nnäxt", timestamp: 7 }] } },
];

/** The stream's bytes, in pieces of so many. */
async function* pieces(events: AsyncIterable<object> | Iterable<object>, size: number) {
  const chunks: Uint8Array[] = [];
  for await (const chunk of encodeEventStream(union, events as never)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function decoded(chunks: AsyncIterable<Uint8Array>): Promise<unknown[]> {
  const events: unknown[] = [];
  for await (const event of decodeEvents(union, chunks)) events.push(event);
  return events;
}

test.each([1, 7, 100_000])("events come out as they went in, in pieces of %s bytes", async (size) => {
  expect(await decoded(pieces(EVENTS, size))).toEqual(EVENTS);
});

test("an error at the end of a stream is thrown with its code and message", async () => {
  async function* failing() {
    yield EVENTS[0]!;
    throw new AwsError("SessionTimeoutException", "That was long.");
  }
  await expect(decoded(pieces(failing(), 9))).rejects.toMatchObject({
    name: "CliError",
    code: "SessionTimeoutException",
    message: "That was long.",
  });
});

test("a damaged message is no event", async () => {
  async function* damaged() {
    for await (const piece of pieces(EVENTS, 100_000)) {
      const bytes = Buffer.from(piece);
      bytes[40] = bytes[40]! ^ 1;
      yield bytes;
    }
  }
  await expect(decoded(damaged())).rejects.toThrow("damaged");
});
