import { afterEach, beforeEach, expect, test } from "vitest";
import { functionInput, type LambdaNode, openLambdaNode } from "./fixtures/lambda-node.ts";

let node: LambdaNode;
beforeEach(async () => {
  node = await openLambdaNode();
});
afterEach(() => node.close());

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

test("a function answers its caller", async () => {
  await node.call(
    "CreateFunction",
    functionInput("hello", "export const handler = async (e) => ({ hello: e.name });"),
  );
  const answer = await node.call("Invoke", { FunctionName: "hello", Payload: Buffer.from('{"name":"Ada"}') });
  expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST" });
  expect(text(answer.Payload)).toBe('{"hello":"Ada"}');
});
