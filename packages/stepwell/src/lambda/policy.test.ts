import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionCommand,
  GetPolicyCommand,
  RemovePermissionCommand,
} from "@aws-sdk/client-lambda";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { functionInput, type LambdaNode, openLambdaNode } from "./fixtures/lambda-node.ts";
import { clientRefusal } from "./fixtures/refusal.ts";

const ARN = "arn:aws:lambda:us-east-1:000000000000:function";

const LONG_PRINCIPAL = `arn:aws:iam::111111111111:role/${"x".repeat(2000)}`;

let node: LambdaNode;
beforeEach(async () => {
  node = await openLambdaNode();
  await node.client.send(new CreateFunctionCommand(functionInput("hello", "1", { Publish: true }) as never));
  await node.client.send(
    new CreateAliasCommand({ FunctionName: "hello", Name: "live", FunctionVersion: "1" }),
  );
});
afterEach(() => node.close());

const add = async (StatementId: string, more: object = {}) => {
  const { Statement } = await node.client.send(
    new AddPermissionCommand({
      ...{ FunctionName: "hello", StatementId, Action: "lambda:InvokeFunction" },
      Principal: "s3.amazonaws.com",
      ...more,
    }),
  );
  return JSON.parse(Statement!);
};
const get = async (Qualifier?: string) => {
  const { Policy, RevisionId } = await node.client.send(
    new GetPolicyCommand({ FunctionName: "hello", Qualifier }),
  );
  return { policy: JSON.parse(Policy!), RevisionId };
};
const remove = (StatementId: string, more: object = {}) =>
  node.client.send(new RemovePermissionCommand({ FunctionName: "hello", StatementId, ...more }));

describe("permissions", () => {
  test("are shown as the statements that AWS makes of them", async () => {
    const s3 = await add("s3", { SourceArn: "arn:aws:s3:::b", SourceAccount: "111111111111" });
    expect(s3).toEqual({
      Sid: "s3",
      Effect: "Allow",
      Principal: { Service: "s3.amazonaws.com" },
      Action: "lambda:InvokeFunction",
      Resource: `${ARN}:hello`,
      Condition: {
        StringEquals: { "AWS:SourceAccount": "111111111111" },
        ArnLike: { "AWS:SourceArn": "arn:aws:s3:::b" },
      },
    });
    const account = await add("account", { Principal: "111111111111" });
    expect(account.Principal).toEqual({ AWS: "arn:aws:iam::111111111111:root" });
    const all = await add("all", { Principal: "*", FunctionUrlAuthType: "NONE" });
    expect([all.Principal, all.Condition]).toEqual([
      "*",
      { StringEquals: { "lambda:FunctionUrlAuthType": "NONE" } },
    ]);
    expect((await get()).policy).toEqual({
      Version: "2012-10-17",
      Id: "default",
      Statement: [s3, account, all],
    });
  });

  test("are each qualifier's own, can be removed, and need the latest revision if one is given", async () => {
    expect((await add("s3", { Qualifier: "live" })).Resource).toBe(`${ARN}:hello:live`);
    await add("s3", { FunctionName: "hello:1" });
    const { RevisionId } = await get("live");
    await add("more", { Qualifier: "live", RevisionId });
    const stale = await clientRefusal(node, () => remove("more", { Qualifier: "live", RevisionId }));
    expect(stale[0]).toBe("PreconditionFailedException");
    await remove("more", { Qualifier: "live" });
    await remove("s3", { Qualifier: "live" });
    expect((await get("1")).policy.Statement).toHaveLength(1);
    expect(await clientRefusal(node, () => get("live"))).toEqual([
      "ResourceNotFoundException",
      404,
      "The resource you requested does not exist.",
    ]);
  });
});

describe("is refused, and nothing changes:", () => {
  const refusal = (act: () => Promise<unknown>) => clientRefusal(node, act);

  test("a statement that is there already, or that is too much", async () => {
    await add("s3");
    expect(await refusal(() => add("s3"))).toEqual([
      "ResourceConflictException",
      409,
      "The statement id (s3) provided already exists. Please provide a new statement id, or remove the existing statement.",
    ]);
    for (let n = 0; n < 9; n++) await add(`long${n}`, { Principal: LONG_PRINCIPAL });
    expect(await refusal(() => add("last", { Principal: LONG_PRINCIPAL }))).toEqual([
      "PolicyLengthExceededException",
      400,
      expect.stringMatching(/^The final policy size \(2\d{4}\) is bigger than the limit \(20480\)\.$/),
    ]);
  });

  test("a permission for $LATEST alone, or for what is not there", async () => {
    const messages = [
      [{ Qualifier: "$LATEST" }, "We currently do not support adding policies for $LATEST."],
      [{ Qualifier: "7" }, `Function not found: ${ARN}:hello:7`],
      [{ Qualifier: "beta" }, `Cannot find alias arn: ${ARN}:hello:beta`],
      [{ FunctionName: "other" }, `Function not found: ${ARN}:other`],
    ] as const;
    for (const [more, message] of messages) {
      expect((await refusal(() => add("s3", more)))[2]).toBe(message);
    }
  });

  test("a permission for what is nobody", async () => {
    expect(await refusal(() => add("s3", { Principal: "invalid.example.com" }))).toEqual([
      "InvalidParameterValueException",
      400,
      "The provided principal was invalid. Please check the principal and try again.",
    ]);
  });

  test("the removal of a statement that is not there", async () => {
    expect((await refusal(() => remove("s3")))[2]).toBe("No policy is associated with the given resource.");
    await add("s3");
    expect((await refusal(() => remove("s4")))[2]).toBe("Statement s4 is not found in resource policy.");
  });
});
