import { LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  AssumeRoleWithWebIdentityCommand,
  type Credentials,
  DecodeAuthorizationMessageCommand,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { silentLogger } from "../kernel/logger.ts";
import { openNode, type StepwellNode } from "../node.ts";

const ACCOUNT = "000000000000";
const ROLE = `arn:aws:iam::${ACCOUNT}:role/team/orders`;
const KEY = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "known to both" };

interface Signer {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const signer = (credentials: Credentials | undefined): Signer => ({
  accessKeyId: credentials!.AccessKeyId!,
  secretAccessKey: credentials!.SecretAccessKey!,
  sessionToken: credentials!.SessionToken!,
});

const refusal = async (call: Promise<unknown>) => {
  const error = await call.then(
    () => expect.fail("It was accepted."),
    (thrown) => thrown,
  );
  return [error.name, error.$metadata.httpStatusCode, error.message];
};

describe.each(["without signatures", "with signatures"] as const)("STS of a server %s", (kind) => {
  let node: StepwellNode;
  let url: string;
  beforeAll(async () => {
    const keys = kind === "with signatures" ? { keys: [KEY] } : {};
    node = await openNode({ data: ":memory:", log: silentLogger, time: "virtual", ...keys });
    ({ url } = await node.listen({ port: 0, host: "127.0.0.1" }));
  });
  afterAll(() => node.close(0));

  const config = (credentials: Signer) => ({
    ...{ endpoint: url, region: "us-east-1", credentials, maxAttempts: 1 },
  });
  const sts = (credentials: Signer = KEY) => new STSClient(config(credentials));
  const assume = (input: Partial<AssumeRoleCommandInput> = {}, as: Signer = KEY) =>
    sts(as).send(new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: "job-7", ...input }));
  const whoAmI = async (as: Signer = KEY) => {
    const { $metadata: _, ...identity } = await sts(as).send(new GetCallerIdentityCommand({}));
    return identity;
  };

  test("a caller is the account itself", async () => {
    expect(await whoAmI()).toEqual({
      Account: ACCOUNT,
      UserId: ACCOUNT,
      Arn: `arn:aws:iam::${ACCOUNT}:root`,
    });
    const info = new GetAccessKeyInfoCommand({ AccessKeyId: "AKIAEXAMPLE12345" });
    expect(await sts().send(info)).toMatchObject({ Account: ACCOUNT });
  });

  test("who assumes a role gets credentials, and is that role with them", async () => {
    const { Credentials: given, AssumedRoleUser, PackedPolicySize } = await assume();
    const Arn = `arn:aws:sts::${ACCOUNT}:assumed-role/orders/job-7`;
    expect(AssumedRoleUser).toEqual({
      Arn,
      AssumedRoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}:job-7$/),
    });
    expect(PackedPolicySize).toBeUndefined();
    expect(given).toMatchObject({
      AccessKeyId: expect.stringMatching(/^ASIA[0-9A-F]{16}$/),
      SecretAccessKey: expect.stringMatching(/^.{40}$/),
    });
    expect(given!.Expiration!.getTime() - node.clock.now()).toBe(3_600_000);
    expect(await whoAmI(signer(given))).toEqual({
      Account: ACCOUNT,
      Arn,
      UserId: AssumedRoleUser!.AssumedRoleId,
    });
    // And other services know them too.
    const lambda = new LambdaClient(config(signer(given)));
    expect((await lambda.send(new ListFunctionsCommand({}))).Functions).toEqual([]);
    const chained = await assume({ RoleSessionName: "next", SourceIdentity: "ann" }, signer(given));
    expect(chained.SourceIdentity).toBe("ann");
    expect((await whoAmI(signer(chained.Credentials))).Arn).toBe(
      `arn:aws:sts::${ACCOUNT}:assumed-role/orders/next`,
    );
  });

  test("session and federation tokens are good as well", async () => {
    const session = await sts().send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
    expect((await whoAmI(signer(session.Credentials))).Arn).toBe(`arn:aws:iam::${ACCOUNT}:root`);
    const federation = await sts().send(new GetFederationTokenCommand({ Name: "ann" }));
    const Arn = `arn:aws:sts::${ACCOUNT}:federated-user/ann`;
    expect(federation.FederatedUser).toEqual({ FederatedUserId: `${ACCOUNT}:ann`, Arn });
    expect(await whoAmI(signer(federation.Credentials))).toMatchObject({ Arn, UserId: `${ACCOUNT}:ann` });
  });

  test("a policy is measured, and refused when it is none", async () => {
    const Policy = '{"Version":"2012-10-17","Statement":[]}';
    expect((await assume({ Policy, Tags: [{ Key: "a", Value: "b" }] })).PackedPolicySize).toBeGreaterThan(0);
    expect(await refusal(assume({ Policy: "{" }))).toEqual([
      ...["MalformedPolicyDocumentException", 400, "Syntax errors in policy."],
    ]);
  });

  test("bad input is refused in AWS's words", async () => {
    expect(await refusal(assume({ RoleArn: "short" }))).toEqual([
      ...["ValidationError", 400],
      "1 validation error detected: Value 'short' at 'roleArn' failed to satisfy constraint: Member must have length " +
        "greater than or equal to 20",
    ]);
    const notRole = `arn:aws:iam::${ACCOUNT}:user/ann`;
    expect(await refusal(assume({ RoleArn: notRole }))).toEqual([
      ...["ValidationError", 400, `${notRole} is invalid`],
    ]);
    expect((await refusal(assume({ DurationSeconds: 60 })))[0]).toBe("ValidationError");
    expect((await refusal(assume({ RoleSessionName: "with space" })))[0]).toBe("ValidationError");
    expect(
      (await refusal(sts().send(new DecodeAuthorizationMessageCommand({ EncodedMessage: "x" }))))[0],
    ).toBe("UnknownOperationException");
  });

  if (kind === "without signatures") {
    test("a web identity assumes a role without being signed", async () => {
      const jwt = (claims: object) =>
        ["{}", JSON.stringify(claims), ""].map((part) => Buffer.from(part).toString("base64url")).join(".");
      const withToken = (WebIdentityToken: string) =>
        sts().send(
          new AssumeRoleWithWebIdentityCommand({ RoleArn: ROLE, RoleSessionName: "web", WebIdentityToken }),
        );
      const claims = { iss: "https://id.example", sub: "ann", aud: "app" };
      const answer = await withToken(jwt(claims));
      expect(answer).toMatchObject({
        ...{ SubjectFromWebIdentityToken: "ann", Audience: "app", Provider: "https://id.example" },
        AssumedRoleUser: { Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/orders/web` },
      });
      expect((await whoAmI(signer(answer.Credentials))).Arn).toContain("assumed-role/orders/web");
      expect((await refusal(withToken("no token")))[0]).toBe("InvalidIdentityTokenException");
      expect((await refusal(withToken(jwt({ ...claims, exp: 1 }))))[0]).toBe("ExpiredTokenException");
    });
    return;
  }

  test("a token that was tampered with, another's secret, or no token at all is refused", async () => {
    const given = signer((await assume()).Credentials);
    const other = signer((await assume()).Credentials);
    const unrecognized = "The security token included in the request is invalid.";
    const token = Buffer.from(given.sessionToken!, "base64");
    token[40]! ^= 1;
    const tampered = { ...given, sessionToken: token.toString("base64") };
    expect((await refusal(whoAmI(tampered)))[2]).toBe(unrecognized);
    expect((await refusal(whoAmI({ ...given, sessionToken: other.sessionToken! })))[2]).toBe(unrecognized);
    const { sessionToken: _, ...without } = given;
    expect((await refusal(whoAmI(without)))[2]).toBe(unrecognized);
    const secret = { ...given, secretAccessKey: other.secretAccessKey };
    expect((await refusal(whoAmI(secret)))[0]).toMatch(/^InvalidSignature|^SignatureDoesNotMatch/);
  });

  test("credentials end with their time", async () => {
    const given = signer((await assume({ DurationSeconds: 900 })).Credentials);
    expect((await whoAmI(given)).Arn).toContain("assumed-role");
    const { operations, clock } = node;
    const context = {
      ...{ account: ACCOUNT, region: "us-east-1", principal: "", requestId: "", clock, log: silentLogger },
      signal: new AbortController().signal,
    };
    await operations.call(context, "stepwell.AdvanceTime", { Milliseconds: 900_000 });
    expect((await refusal(whoAmI(given)))[2]).toBe("The security token included in the request is expired");
  });
});
