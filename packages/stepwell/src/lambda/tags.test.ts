import {
  CreateFunctionCommand,
  GetFunctionCommand,
  ListTagsCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-lambda";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { functionInput, type LambdaNode, openLambdaNode } from "./fixtures/lambda-node.ts";
import { clientRefusal } from "./fixtures/refusal.ts";

const Resource = "arn:aws:lambda:us-east-1:000000000000:function:hello";

let node: LambdaNode;
beforeEach(async () => {
  node = await openLambdaNode();
  const input = functionInput("hello", "1", { Tags: { team: "a" }, Publish: true });
  await node.client.send(new CreateFunctionCommand(input as never));
});
afterEach(() => node.close());

const tag = (Tags: Record<string, string>, on = Resource) =>
  node.client.send(new TagResourceCommand({ Resource: on, Tags }));
const list = async () => (await node.client.send(new ListTagsCommand({ Resource }))).Tags;

describe("tags of a function", () => {
  test("are added, replaced, listed and removed, and the function itself does not change", async () => {
    const get = async () => await node.client.send(new GetFunctionCommand({ FunctionName: "hello" }));
    const before = await get();
    await tag({ team: "b", "cost centre": "7" });
    expect(await list()).toEqual({ team: "b", "cost centre": "7" });
    const after = await get();
    expect(after.Tags).toEqual({ team: "b", "cost centre": "7" });
    expect(after.Configuration).toEqual(before.Configuration);
    await node.client.send(new UntagResourceCommand({ Resource, TagKeys: ["team", "other"] }));
    expect(await list()).toEqual({ "cost centre": "7" });
  });

  test("added by many at once are all there", async () => {
    await Promise.all(Array.from({ length: 8 }, (_, n) => tag({ [`k${n}`]: "v" })));
    expect(Object.keys((await list())!)).toHaveLength(9);
  });
});

describe("is refused, and nothing changes:", () => {
  const refusal = (Tags: Record<string, string>, on?: string) => clientRefusal(node, () => tag(Tags, on));

  test("more than 50 tags, and none", async () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`k${n}`, "v"]));
    expect(await refusal(many)).toEqual([
      "InvalidParameterValueException",
      400,
      "Number of tags exceeds function tag limit.",
    ]);
    expect((await refusal({}))[2]).toBe("An error occurred and the request cannot be processed.");
  });

  test("tags of a version, of a function that is not there, and of something else", async () => {
    expect((await refusal({ a: "b" }, `${Resource}:1`))[2]).toBe(
      "Tagging operations are permitted on Lambda functions only. Tags on aliases and versions are not supported. Please specify either a function name or a function ARN.",
    );
    expect((await refusal({ a: "b" }, `${Resource}2`))[2]).toBe(`Function not found: ${Resource}2`);
    const provider = Resource.replace("function:", "capacity-provider:");
    expect(await refusal({ a: "b" }, provider)).toEqual([
      "NotSupportedException",
      501,
      `Stepwell does not support tags of ${provider}. Only functions and event source mappings have tags.`,
    ]);
  });
});
