import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  GetAliasCommand,
  GetFunctionCommand,
  InvokeCommand,
  type LambdaClient,
  ListAliasesCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { functionInput, type LambdaNode, openLambdaNode } from "./fixtures/lambda-node.ts";
import { clientRefusal } from "./fixtures/refusal.ts";
import { makeZip } from "./fixtures/zip.ts";

const ARN = "arn:aws:lambda:us-east-1:000000000000:function";

let node: LambdaNode;
let client: LambdaClient;
beforeEach(async () => {
  node = await openLambdaNode();
  client = node.client;
  await client.send(
    new CreateFunctionCommand({ ...functionInput("hello", codeOf(1)), Publish: true } as never),
  );
  const ZipFile = makeZip([{ name: "index.mjs", content: codeOf(2) }]);
  await client.send(new UpdateFunctionCodeCommand({ FunctionName: "hello", ZipFile, Publish: true }));
});
afterEach(() => node.close());

const codeOf = (n: number) => `export const handler = async (_e, c) => [${n}, c.invokedFunctionArn];`;
const alias = (FunctionVersion: string, more: object = {}) =>
  client.send(new CreateAliasCommand({ FunctionName: "hello", Name: "live", FunctionVersion, ...more }));
const update = (more: object) =>
  client.send(new UpdateAliasCommand({ FunctionName: "hello", Name: "live", ...more }));
const get = () => client.send(new GetAliasCommand({ FunctionName: "hello", Name: "live" }));
const invoke = async (Qualifier = "live") => {
  const answer = await client.send(new InvokeCommand({ FunctionName: "hello", Qualifier }));
  return [answer.ExecutedVersion, ...JSON.parse(Buffer.from(answer.Payload!).toString())];
};

describe("an alias", () => {
  test("is shown as AWS shows it, wherever it is shown", async () => {
    const { $metadata, ...made } = await alias("1", { Description: "what users get" });
    expect(made).toEqual({
      AliasArn: `${ARN}:hello:live`,
      Name: "live",
      FunctionVersion: "1",
      Description: "what users get",
      RevisionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(await get()).toMatchObject(made);
    const list = await client.send(new ListAliasesCommand({ FunctionName: "hello" }));
    expect(list.Aliases).toEqual([made]);
    const found = await client.send(new GetFunctionCommand({ FunctionName: "hello", Qualifier: "live" }));
    expect(found.Configuration).toMatchObject({ Version: "1", FunctionArn: `${ARN}:hello:live` });
  });

  test("runs the version that it stands for, which the function sees and the caller is told", async () => {
    await alias("1");
    expect(await invoke()).toEqual(["1", 1, `${ARN}:hello:live`]);
    const { RevisionId, ...after } = await update({ FunctionVersion: "2" });
    expect(await invoke()).toEqual(["2", 2, `${ARN}:hello:live`]);
    expect(after).toMatchObject({ FunctionVersion: "2", Description: "" });
    await update({ FunctionVersion: "$LATEST", RevisionId });
    expect((await invoke())[0]).toBe("$LATEST");
  });

  test("splits its invocations between two versions", async () => {
    const RoutingConfig = { AdditionalVersionWeights: { "2": 0.3 } };
    expect(await alias("1", { RoutingConfig })).toMatchObject({ RoutingConfig });
    const ran: string[] = [];
    for (let i = 0; i < 60; i++) ran.push((await invoke())[0]);
    const second = ran.filter((version) => version === "2").length;
    expect(second).toBeGreaterThan(5);
    expect(second).toBeLessThan(35);
    expect(await update({ Description: "canary" })).toMatchObject({ RoutingConfig });
    expect(await update({ RoutingConfig: { AdditionalVersionWeights: { "2": 1 } } })).toBeDefined();
    expect((await invoke())[0]).toBe("2");
    expect(await update({ RoutingConfig: {} })).not.toHaveProperty("RoutingConfig");
    expect((await invoke())[0]).toBe("1");
  });

  test("can be named __proto__ or constructor", async () => {
    for (const Name of ["__proto__", "constructor"]) {
      const named = client.send(new GetAliasCommand({ FunctionName: "hello", Name }));
      await expect(named).rejects.toThrow(`Cannot find alias arn: ${ARN}:hello:${Name}`);
      await alias("1", { Name });
      expect((await invoke(Name))[0]).toBe("1");
    }
  });

  test("keeps its version from being deleted, until it is deleted itself", async () => {
    await alias("1", { RoutingConfig: { AdditionalVersionWeights: { "2": 0.1 } } });
    const remove = (Qualifier: string) =>
      client.send(new DeleteFunctionCommand({ FunctionName: "hello", Qualifier }));
    for (const version of ["1", "2"]) {
      expect(await clientRefusal(node, () => remove(version))).toEqual([
        "ResourceConflictException",
        409,
        "Unable to delete version because the following aliases reference it: [live]",
      ]);
    }
    const removeAlias = new DeleteAliasCommand({ FunctionName: "hello", Name: "live" });
    await client.send(removeAlias);
    await client.send(removeAlias);
    await remove("1");
    expect(await clientRefusal(node, () => invoke())).toEqual([
      "ResourceNotFoundException",
      404,
      `Function not found: ${ARN}:hello:live`,
    ]);
  });

  test("is listed with others by name, by version, and in pages", async () => {
    for (const Name of ["c", "a", "b"]) await alias(Name === "b" ? "2" : "1", { Name });
    const list = async (more: object) => {
      const page = await client.send(new ListAliasesCommand({ FunctionName: "hello", ...more }));
      return [page.Aliases?.map(({ Name }) => Name).join(), page.NextMarker];
    };
    expect(await list({})).toEqual(["a,b,c", undefined]);
    expect(await list({ FunctionVersion: "1" })).toEqual(["a,c", undefined]);
    const [first, Marker] = await list({ MaxItems: 2 });
    expect(first).toBe("a,b");
    expect(await list({ Marker })).toEqual(["c", undefined]);
  });
});

describe("is refused, and nothing changes:", () => {
  const refusal = (send: () => Promise<unknown>) => clientRefusal(node, send);
  const invalid = (message: string) => ["InvalidParameterValueException", 400, message];
  const missing = (message: string) => ["ResourceNotFoundException", 404, message];
  const weights = (AdditionalVersionWeights: object) => ({ RoutingConfig: { AdditionalVersionWeights } });
  beforeEach(() => alias("1"));

  test("an alias of what is not there", async () => {
    expect(await refusal(() => alias("1", { FunctionName: "other" }))).toEqual(
      missing(`Function not found: ${ARN}:other`),
    );
    expect(await refusal(() => alias("7", { Name: "new" }))).toEqual(
      missing(`Function not found: ${ARN}:hello:7`),
    );
    expect(await refusal(() => update({ Name: "new" }))).toEqual(
      missing(`Cannot find alias arn: ${ARN}:hello:new`),
    );
  });

  test("a name that is taken, or that is a number", async () => {
    expect(await refusal(() => alias("2"))).toEqual([
      "ResourceConflictException",
      409,
      `Alias already exists: ${ARN}:hello:live`,
    ]);
    expect((await refusal(() => alias("1", { Name: "12" })))[1]).toBe(400);
  });

  test("a change of a revision that is past", async () => {
    expect((await refusal(() => update({ RevisionId: "past", Description: "x" })))[0]).toBe(
      "PreconditionFailedException",
    );
  });

  test("a split that makes no sense", async () => {
    expect(await refusal(() => update(weights({ "1": 0.5 })))).toEqual(
      invalid("Invalid function version 1. Function version 1 is already included in routing configuration."),
    );
    expect(await refusal(() => update(weights({ "2": 0.5, "3": 0.1 })))).toEqual(
      invalid("Number of items in AdditionalVersionWeights cannot be greater than 1"),
    );
    expect(await refusal(() => update({ FunctionVersion: "$LATEST", ...weights({ "2": 0.5 }) }))).toEqual(
      invalid("$LATEST is not supported for an alias pointing to more than 1 version"),
    );
    expect((await refusal(() => update(weights({ "3": 0.5 }))))[0]).toBe("ResourceNotFoundException");
    for (const bad of [{ "2": 1.5 }, { "2": -1 }, { live: 0.5 }]) {
      expect((await refusal(() => update(weights(bad))))[1]).toBe(400);
    }
  });
});
