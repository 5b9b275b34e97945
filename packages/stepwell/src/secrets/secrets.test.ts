import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  type CreateSecretCommandInput,
  DeleteResourcePolicyCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
  ValidateResourcePolicyCommand,
} from "@aws-sdk/client-secrets-manager";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openServiceNodes, type ServiceNodes, STORES } from "../testing/service-nodes.ts";
import { createSecretsService } from "./service.ts";

const DAY_MS = 86_400_000;
const TOKEN = (n: number) => `0000000${n}-aaaa-4aaa-8aaa-aaaaaaaaaaaa`;

describe.each(STORES)("secrets on %s", (kind) => {
  let nodes: ServiceNodes;
  let client: SecretsManagerClient;
  beforeEach(async () => {
    nodes = await openServiceNodes(kind, (options) => [createSecretsService(options)]);
    client = new SecretsManagerClient(nodes.config);
  });
  afterEach(async () => {
    client.destroy();
    await nodes.close();
  });

  const create = (more: Partial<CreateSecretCommandInput> = {}) =>
    client.send(new CreateSecretCommand({ Name: "db/password", SecretString: "one", ...more }));
  const get = (more: object = {}) =>
    client.send(new GetSecretValueCommand({ SecretId: "db/password", ...more }));
  const put = (SecretString: string, more: object = {}) =>
    client.send(new PutSecretValueCommand({ SecretId: "db/password", SecretString, ...more }));
  const stages = async () =>
    (await client.send(new DescribeSecretCommand({ SecretId: "db/password" }))).VersionIdsToStages;
  const refusal = async (call: Promise<unknown>) => {
    const error = await call.then(
      () => expect.fail("It was accepted."),
      (thrown) => thrown,
    );
    return [error.name, error.$metadata.httpStatusCode, error.message];
  };

  test("a secret is read by its name, its ARN, and its ARN without the random end", async () => {
    const { ARN, VersionId } = await create();
    expect(ARN).toMatch(/^arn:aws:secretsmanager:us-east-1:000000000000:secret:db\/password-[A-Za-z0-9]{6}$/);
    for (const SecretId of ["db/password", ARN, ARN!.slice(0, -7)]) {
      expect(await get({ SecretId })).toMatchObject({
        ...{ ARN, Name: "db/password", SecretString: "one", VersionId, VersionStages: ["AWSCURRENT"] },
        CreatedDate: new Date("2030-01-01T00:00:00Z"),
      });
    }
    // Its name may end like an ARN does.
    const { ARN: other } = await create({ Name: "db/password-a1b2c3", SecretString: "other" });
    expect(await get({ SecretId: other })).toMatchObject({ SecretString: "other" });
    expect(await get({ SecretId: other!.slice(0, -7) })).toMatchObject({ SecretString: "other" });
  });

  test("bytes come back as bytes", async () => {
    const SecretBinary = Uint8Array.of(0, 1, 255);
    await client.send(new CreateSecretCommand({ Name: "key", SecretBinary }));
    const value = await get({ SecretId: "key" });
    expect(Uint8Array.from(value.SecretBinary!)).toEqual(SecretBinary);
    expect(value.SecretString).toBeUndefined();
  });

  test("a new value is the current one, and the one before it the previous one", async () => {
    const first = (await create()).VersionId!;
    const second = (await put("two")).VersionId!;
    expect(await stages()).toEqual({ [first]: ["AWSPREVIOUS"], [second]: ["AWSCURRENT"] });
    expect((await get()).SecretString).toBe("two");
    expect((await get({ VersionStage: "AWSPREVIOUS" })).SecretString).toBe("one");
    const update = await client.send(
      new UpdateSecretCommand({ SecretId: "db/password", SecretString: "three", Description: "d" }),
    );
    expect(await stages()).toEqual({ [second]: ["AWSPREVIOUS"], [update.VersionId!]: ["AWSCURRENT"] });
    // What has no stage any more is kept, and can still be asked for.
    expect(await get({ VersionId: first })).toMatchObject({ SecretString: "one" });
    const list = async (IncludeDeprecated: boolean) =>
      (
        await client.send(new ListSecretVersionIdsCommand({ SecretId: "db/password", IncludeDeprecated }))
      ).Versions!.map(({ VersionId, VersionStages, KmsKeyIds }) => [VersionId, VersionStages, KmsKeyIds]);
    const key = ["DefaultEncryptionKey"];
    const staged = [
      [second, ["AWSPREVIOUS"], key],
      [update.VersionId, ["AWSCURRENT"], key],
    ];
    expect(await list(false)).toEqual(staged);
    expect(await list(true)).toEqual([[first, undefined, key], ...staged]);
  });

  test("stages of one's own move to the version that is put with them, and are named in order", async () => {
    const first = (await create()).VersionId!;
    const second = await put("two", { VersionStages: ["PUT", "AWSPENDING"] });
    expect(second.VersionStages).toEqual(["AWSPENDING", "PUT"]);
    expect((await get()).SecretString).toBe("one");
    const third = await put("three", { VersionStages: ["PUT"] });
    expect(await stages()).toEqual({
      [first]: ["AWSCURRENT"],
      [second.VersionId!]: ["AWSPENDING"],
      [third.VersionId!]: ["PUT"],
    });
    const move = {
      RemoveFromVersionId: first,
      MoveToVersionId: second.VersionId,
      VersionStage: "AWSCURRENT",
    };
    await client.send(new UpdateSecretVersionStageCommand({ SecretId: "db/password", ...move }));
    expect(await stages()).toEqual({
      [first]: ["AWSPREVIOUS"],
      [second.VersionId!]: ["AWSCURRENT", "AWSPENDING"],
      [third.VersionId!]: ["PUT"],
    });
    const remove = { RemoveFromVersionId: third.VersionId, VersionStage: "PUT" };
    await client.send(new UpdateSecretVersionStageCommand({ SecretId: "db/password", ...remove }));
    expect(Object.keys((await stages())!)).toHaveLength(2);
  });

  test("a stage is moved only by who says where it was", async () => {
    const first = (await create()).VersionId!;
    const second = (await put("two", { VersionStages: ["AWSPENDING"] })).VersionId!;
    const move = (input: object) =>
      refusal(
        client.send(
          new UpdateSecretVersionStageCommand({
            ...{ SecretId: "db/password", VersionStage: "AWSCURRENT", ...input },
          }),
        ),
      );
    expect(await move({ MoveToVersionId: second })).toEqual([
      ...["InvalidParameterException", 400],
      "The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version " +
        `${first}, so you must explicitly reference that version in RemoveFromVersionId.`,
    ]);
    expect((await move({ RemoveFromVersionId: second, MoveToVersionId: first }))[0]).toBe(
      "InvalidParameterException",
    );
    expect((await move({ RemoveFromVersionId: first }))[0]).toBe("InvalidParameterException");
    expect((await move({ MoveToVersionId: TOKEN(9) }))[0]).toBe("ResourceNotFoundException");
  });

  test("a request that is sent again with its token has been done; with another value it is refused", async () => {
    const ClientRequestToken = TOKEN(1);
    const { ARN } = await create({ ClientRequestToken });
    expect(await create({ ClientRequestToken })).toMatchObject({ ARN, VersionId: ClientRequestToken });
    expect(await refusal(create())).toEqual([
      ...["ResourceExistsException", 400],
      "The operation failed because the secret db/password already exists.",
    ]);
    await put("two", { ClientRequestToken: TOKEN(2) });
    expect(await put("two", { ClientRequestToken: TOKEN(2) })).toMatchObject({ VersionId: TOKEN(2) });
    expect(await refusal(put("three", { ClientRequestToken: TOKEN(2) }))).toEqual([
      ...["ResourceExistsException", 400],
      `You can't use ClientRequestToken ${TOKEN(2)} because that value is already in use for a version of secret ${ARN}.`,
    ]);
    expect(await stages()).toEqual({ [TOKEN(1)]: ["AWSPREVIOUS"], [TOKEN(2)]: ["AWSCURRENT"] });
  });

  test("two who put values at once both get theirs stored", async () => {
    await create();
    await Promise.all(Array.from({ length: 6 }, (_, i) => put(`value ${i}`)));
    const { Versions } = await client.send(
      new ListSecretVersionIdsCommand({ SecretId: "db/password", IncludeDeprecated: true }),
    );
    expect(Versions).toHaveLength(7);
    expect(
      Object.values((await stages())!)
        .flat()
        .sort(),
    ).toEqual(["AWSCURRENT", "AWSPREVIOUS"]);
  });

  test("a secret may be empty at first, and shows only what it has", async () => {
    const created = await client.send(new CreateSecretCommand({ Name: "empty", Description: "" }));
    expect(created.VersionId).toBeUndefined();
    const shown = await client.send(new DescribeSecretCommand({ SecretId: "empty" }));
    const { $metadata: _, ...members } = shown;
    const date = new Date("2030-01-01T00:00:00Z");
    expect(members).toEqual({ ARN: created.ARN, Name: "empty", CreatedDate: date, LastChangedDate: date });
    expect(await refusal(get({ SecretId: "empty" }))).toEqual([
      ...["ResourceNotFoundException", 400],
      "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    ]);
    const value = { SecretId: "empty", SecretString: "x", VersionStages: ["FIRST"] };
    expect((await client.send(new PutSecretValueCommand(value))).VersionStages).toEqual([
      ...["AWSCURRENT", "FIRST"],
    ]);
  });

  test("a deleted secret cannot be read, can be restored, and is gone when its window is over", async () => {
    await create();
    const { DeletionDate } = await client.send(
      new DeleteSecretCommand({ SecretId: "db/password", RecoveryWindowInDays: 7 }),
    );
    expect(DeletionDate).toEqual(new Date("2030-01-08T00:00:00Z"));
    expect(await refusal(get())).toEqual([
      ...["InvalidRequestException", 400],
      "You can't perform this operation on the secret because it was marked for deletion.",
    ]);
    expect((await refusal(put("two")))[0]).toBe("InvalidRequestException");
    expect(await refusal(create())).toEqual([
      ...["InvalidRequestException", 400],
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    ]);
    const listed = async (input: object) =>
      (await client.send(new ListSecretsCommand(input))).SecretList!.map(({ Name }) => Name);
    expect(await listed({})).toEqual([]);
    expect(await listed({ IncludePlannedDeletion: true })).toEqual(["db/password"]);
    await client.send(new RestoreSecretCommand({ SecretId: "db/password" }));
    expect((await get()).SecretString).toBe("one");
    await nodes.advance(8 * DAY_MS);
    expect((await get()).SecretString).toBe("one");
    await client.send(new DeleteSecretCommand({ SecretId: "db/password" }));
    await nodes.advance(29 * DAY_MS);
    expect(await listed({ IncludePlannedDeletion: true })).toEqual(["db/password"]);
    await nodes.advance(1 * DAY_MS);
    await expect.poll(() => listed({ IncludePlannedDeletion: true })).toEqual([]);
    await create({ SecretString: "anew" });
    expect((await get()).SecretString).toBe("anew");
  });

  test("one that is deleted by force is gone at once, and what is not there is deleted by force too", async () => {
    const { ARN } = await create();
    const force = { SecretId: "db/password", ForceDeleteWithoutRecovery: true };
    await client.send(new DeleteSecretCommand({ SecretId: "db/password" }));
    expect(await client.send(new DeleteSecretCommand(force))).toMatchObject({ ARN, Name: "db/password" });
    expect((await refusal(get()))[0]).toBe("ResourceNotFoundException");
    expect(await client.send(new DeleteSecretCommand(force))).toMatchObject({
      ...{ ARN: expect.stringContaining("secret:db/password-"), DeletionDate: expect.any(Date) },
    });
    const { ARN: anew } = await create();
    expect(anew).not.toBe(ARN);
    expect((await refusal(get({ SecretId: ARN })))[0]).toBe("ResourceNotFoundException");
  });

  test("the day of the last access is told, of the secret and of its versions", async () => {
    await create();
    await nodes.advance(5 * 60 * 60 * 1000);
    await get();
    const shown = await client.send(new DescribeSecretCommand({ SecretId: "db/password" }));
    expect(shown.LastAccessedDate).toEqual(new Date("2030-01-01T00:00:00Z"));
    await nodes.advance(DAY_MS);
    await get();
    const { Versions } = await client.send(new ListSecretVersionIdsCommand({ SecretId: "db/password" }));
    expect(Versions![0]!.LastAccessedDate).toEqual(new Date("2030-01-02T00:00:00Z"));
  });

  test("secrets are listed in pages, sorted, and by filters", async () => {
    const secret = (Name: string, Description: string, tag: string) =>
      create({ Name, Description, Tags: [{ Key: "team", Value: tag }] });
    await secret("testing1/one", "a secret", "red");
    await nodes.advance(1000);
    await secret("/testing2/two", "an secret", "green");
    await nodes.advance(1000);
    await secret("testing3/three", "asecret", "red");
    await nodes.advance(1000);
    await secret("/testing4/four", "thesecret", "blue");
    const names = async (...Filters: { Key: string; Values: string[] }[]) =>
      (await client.send(new ListSecretsCommand({ Filters: Filters as never }))).SecretList!.map(({ Name }) =>
        Name!.at(-1),
      );
    const by = (Key: string, ...Values: string[]) => names({ Key, Values });
    expect(await by("name", "/")).toEqual(["o", "r"]);
    expect(await by("name", "!/")).toEqual(["e", "e"]);
    expect(await by("name", "testing1 one")).toEqual([]);
    expect(await by("description", "a")).toEqual(["e", "o", "e"]);
    expect(await by("description", "!a")).toEqual(["r"]);
    expect(await by("description", "a secret")).toEqual(["e", "o"]);
    expect(await by("description", "!c")).toHaveLength(4);
    expect(await by("tag-value", "red", "blue")).toEqual(["e", "e", "r"]);
    expect(await by("tag-key", "te")).toHaveLength(4);
    expect(await by("all", "GREEN")).toEqual(["o"]);
    expect(await names({ Key: "description", Values: ["a"] }, { Key: "name", Values: ["an"] })).toEqual([]);
    const page = await client.send(
      new ListSecretsCommand({ MaxResults: 3, SortBy: "name", SortOrder: "desc" }),
    );
    expect(page.SecretList!.map(({ Name }) => Name)).toEqual([
      "testing3/three",
      "testing1/one",
      "/testing4/four",
    ]);
    const rest = await client.send(
      new ListSecretsCommand({
        MaxResults: 3,
        SortBy: "name",
        SortOrder: "desc",
        NextToken: page.NextToken!,
      }),
    );
    expect(rest.SecretList!.map(({ Name }) => Name)).toEqual(["/testing2/two"]);
    expect(rest.NextToken).toBeUndefined();
    expect((await refusal(client.send(new ListSecretsCommand({ NextToken: "?" }))))[0]).toBe(
      "InvalidNextTokenException",
    );
    const batch = await client.send(
      new BatchGetSecretValueCommand({ SecretIdList: ["testing1/one", "none"] }),
    );
    expect(batch.SecretValues).toMatchObject([{ Name: "testing1/one", SecretString: "one" }]);
    expect(batch.Errors).toMatchObject([{ SecretId: "none", ErrorCode: "ResourceNotFoundException" }]);
    const filtered = { Filters: [{ Key: "name" as const, Values: ["testing"] }] };
    expect((await client.send(new BatchGetSecretValueCommand(filtered))).SecretValues).toHaveLength(2);
    expect((await refusal(client.send(new BatchGetSecretValueCommand({}))))[0]).toBe(
      "InvalidParameterException",
    );
  });

  test("tags are added, replaced and taken away", async () => {
    await create();
    const SecretId = "db/password";
    const tags = async () => (await client.send(new DescribeSecretCommand({ SecretId }))).Tags;
    expect(await tags()).toBeUndefined();
    const tag = (Key: string, Value: string) =>
      client.send(new TagResourceCommand({ SecretId, Tags: [{ Key, Value }] }));
    await tag("a", "1");
    await tag("b", "2");
    await tag("a", "3");
    expect(await tags()).toEqual([
      { Key: "b", Value: "2" },
      { Key: "a", Value: "3" },
    ]);
    await client.send(new UntagResourceCommand({ SecretId, TagKeys: ["a", "b", "c"] }));
    expect(await tags()).toEqual([]);
  });

  test("a policy is kept and shown", async () => {
    const { ARN } = await create();
    const SecretId = "db/password";
    const ResourcePolicy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Principal: "*", Action: "secretsmanager:GetSecretValue", Resource: "*" },
      ],
    });
    expect(await client.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy }))).toMatchObject({
      ...{ ARN, Name: SecretId },
    });
    expect(await client.send(new GetResourcePolicyCommand({ SecretId }))).toMatchObject({ ResourcePolicy });
    expect(await client.send(new ValidateResourcePolicyCommand({ SecretId, ResourcePolicy }))).toMatchObject({
      PolicyValidationPassed: true,
      ValidationErrors: [],
    });
    const bad = (input: object) =>
      refusal(client.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy, ...input })));
    expect((await bad({ ResourcePolicy: "{" }))[0]).toBe("MalformedPolicyDocumentException");
    expect((await bad({ BlockPublicPolicy: true }))[0]).toBe("PublicPolicyException");
    await client.send(new DeleteResourcePolicyCommand({ SecretId }));
    const shown = await client.send(new GetResourcePolicyCommand({ SecretId }));
    expect(shown.ResourcePolicy).toBeUndefined();
  });

  test("random passwords have what was asked for", async () => {
    const password = async (input: object) =>
      (await client.send(new GetRandomPasswordCommand(input))).RandomPassword!;
    expect(await password({})).toHaveLength(32);
    const excluding = await password({ PasswordLength: 120, ExcludeCharacters: "xyzDje@?!." });
    expect(excluding).toHaveLength(120);
    expect(excluding).not.toMatch(/[xyzDje@?!.]/);
    expect(await password({ PasswordLength: 4 })).toMatch(
      /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[^\w]|.*_).{4}$/,
    );
    expect(
      await password({ ExcludePunctuation: true, ExcludeUppercase: true, ExcludeLowercase: true }),
    ).toMatch(/^\d{32}$/);
    expect(await refusal(client.send(new GetRandomPasswordCommand({ PasswordLength: 3 })))).toEqual([
      ...["InvalidParameterException", 400, "Password length is too short based on the required types."],
    ]);
  });

  test("bad input is refused in AWS's words", async () => {
    const badName = [
      ...["ValidationException", 400],
      "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
    ];
    expect(await refusal(create({ Name: "Inv *?!]Name\\-" }))).toEqual(badName);
    expect(await refusal(get({ SecretId: " Inv Name" }))).toEqual(badName);
    expect(await refusal(get())).toEqual([
      ...["ResourceNotFoundException", 400, "Secrets Manager can't find the specified secret."],
    ]);
    const { VersionId } = await create();
    expect(await refusal(get({ VersionId: TOKEN(5) }))).toEqual([
      ...["ResourceNotFoundException", 400],
      `Secrets Manager can't find the specified secret value for VersionId: ${TOKEN(5)}`,
    ]);
    expect(await refusal(get({ VersionId, VersionStage: "AWSPREVIOUS" }))).toEqual([
      ...["InvalidRequestException", 400],
      "You provided a VersionStage that is not associated to the provided VersionId.",
    ]);
    expect((await refusal(get({ VersionId: "short" })))[0]).toBe("ValidationException");
    const remove = (input: object) =>
      refusal(client.send(new DeleteSecretCommand({ SecretId: "db/password", ...input })));
    expect((await remove({ RecoveryWindowInDays: 6 }))[0]).toBe("InvalidParameterException");
    expect((await remove({ RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true }))[0]).toBe(
      "InvalidParameterException",
    );
    const rotate = (input: object) =>
      refusal(client.send(new RotateSecretCommand({ SecretId: "db/password", ...input })));
    expect(await rotate({})).toEqual([
      ...["InvalidRequestException", 400, "No Lambda rotation function ARN is associated with this secret."],
    ]);
    const RotationLambdaARN = "arn:aws:lambda:us-east-1:000000000000:function:rotate";
    expect((await rotate({ RotationLambdaARN }))[0]).toBe("NotSupportedException");
  });

  test("a value needs a token, which clients send by themselves", async () => {
    const response = await fetch(nodes.url, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "secretsmanager.CreateSecret",
      },
      body: JSON.stringify({ Name: "raw", SecretString: "x" }),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      __type: expect.stringContaining("InvalidRequestException"),
      Message: "You must provide a ClientRequestToken value. We recommend a UUID-type value.",
    });
  });
});
