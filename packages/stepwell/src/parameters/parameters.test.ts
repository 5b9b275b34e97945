import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DeleteParametersCommand,
  DescribeParametersCommand,
  type DescribeParametersCommandInput,
  GetMaintenanceWindowCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  type GetParametersByPathCommandInput,
  GetParametersCommand,
  LabelParameterVersionCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  RemoveTagsFromResourceCommand,
  SSMClient,
  UnlabelParameterVersionCommand,
} from "@aws-sdk/client-ssm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSecretsService } from "../secrets/service.ts";
import { openServiceNodes, type ServiceNodes, STORES } from "../testing/service-nodes.ts";
import { createParametersService } from "./service.ts";

const ARN = "arn:aws:ssm:us-east-1:000000000000:parameter";
const FORM =
  'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths ' +
  "divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_";

describe.each(STORES)("parameters on %s", (kind) => {
  let nodes: ServiceNodes;
  let client: SSMClient;
  beforeEach(async () => {
    nodes = await openServiceNodes(kind, (options) => [
      createParametersService(options),
      createSecretsService(options),
    ]);
    client = new SSMClient(nodes.config);
  });
  afterEach(async () => {
    client.destroy();
    await nodes.close();
  });

  const put = (Name: string, Value: string, more: Partial<PutParameterCommandInput> = {}) =>
    client.send(new PutParameterCommand({ Name, Value, Type: "String", ...more }));
  const get = async (Name: string, more: object = {}) =>
    (await client.send(new GetParameterCommand({ Name, ...more }))).Parameter!;
  const byPath = async (Path: string, more: Partial<GetParametersByPathCommandInput> = {}) =>
    (await client.send(new GetParametersByPathCommand({ Path, ...more }))).Parameters!.map(
      ({ Name }) => Name,
    );
  const described = async (input: DescribeParametersCommandInput = {}) =>
    (await client.send(new DescribeParametersCommand(input))).Parameters!.map(({ Name }) => Name);
  const refusal = async (call: Promise<unknown>) => {
    const error = await call.then(
      () => expect.fail("It was accepted."),
      (thrown) => thrown,
    );
    return [error.name, error.message];
  };

  test("a parameter is read by its name and its ARN, with or without a slash before it", async () => {
    expect(await put("/shop/url", "one")).toMatchObject({ Version: 1, Tier: "Standard" });
    await put("plain", "two");
    const parameter = {
      ...{ Name: "/shop/url", Type: "String", Value: "one", Version: 1, DataType: "text" },
      ...{ ARN: `${ARN}/shop/url`, LastModifiedDate: new Date("2030-01-01T00:00:00Z") },
    };
    expect(await get("/shop/url")).toEqual(parameter);
    expect(await get(`${ARN}/shop/url`)).toEqual(parameter);
    expect(await get(`${ARN}/plain`)).toMatchObject({ Name: "plain", Value: "two", ARN: `${ARN}/plain` });
    expect(await refusal(get("shop"))).toEqual(["ParameterNotFound", "Parameter shop not found."]);
    const several = new GetParametersCommand({ Names: ["plain", "/shop/url", "none"] });
    const { Parameters, InvalidParameters } = await client.send(several);
    expect(Parameters!.map(({ Value }) => Value)).toEqual(["two", "one"]);
    expect(InvalidParameters).toEqual(["none"]);
  });

  test("a new version takes the place of the one before it, which can still be read", async () => {
    await put("p", "one", { Description: "what" });
    expect(await refusal(put("p", "two"))).toEqual([
      "ParameterAlreadyExists",
      "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
    ]);
    await nodes.advance(1000);
    const overwrite = { Name: "p", Value: "two", Overwrite: true };
    expect(await client.send(new PutParameterCommand(overwrite))).toMatchObject({ Version: 2 });
    expect(await get("p")).toMatchObject({ Value: "two", Version: 2, Type: "String" });
    expect(await get("p:1")).toMatchObject({ Value: "one", Version: 1, Selector: ":1", Name: "p" });
    expect(await refusal(get("p:3"))).toEqual([
      "ParameterVersionNotFound",
      "Systems Manager could not find version 3 of p. Verify the version and try again.",
    ]);
    const history = await client.send(new GetParameterHistoryCommand({ Name: "p" }));
    expect(history.Parameters).toMatchObject([
      { Name: "p", Version: 1, Value: "one", Description: "what", Labels: [], Tier: "Standard" },
      { Version: 2, Value: "two", Description: "what", LastModifiedDate: new Date("2030-01-01T00:00:01Z") },
    ]);
    const page = await client.send(new GetParameterHistoryCommand({ Name: "p", MaxResults: 1 }));
    const rest = await client.send(
      new GetParameterHistoryCommand({ Name: "p", MaxResults: 1, NextToken: page.NextToken }),
    );
    expect([...page.Parameters!, ...rest.Parameters!].map(({ Version }) => Version)).toEqual([1, 2]);
    expect(rest.NextToken).toBeUndefined();
  });

  test("those who overwrite at once each make a version", async () => {
    await put("p", "0");
    const puts = [1, 2, 3, 4, 5].map((n) => put("p", `${n}`, { Overwrite: true }));
    const versions = (await Promise.all(puts)).map(({ Version }) => Version);
    expect(versions.sort()).toEqual([2, 3, 4, 5, 6]);
  });

  test("a secure string is shown decrypted only to who asks for that", async () => {
    await put("key", "s3cret", { Type: "SecureString" });
    expect(await get("key", { WithDecryption: true })).toMatchObject({
      Value: "s3cret",
      Type: "SecureString",
    });
    const encrypted = (await get("key")).Value!;
    expect(encrypted).toMatch(/^AQICAH[A-Za-z0-9+/]+=*$/);
    expect(Buffer.from(encrypted, "base64").toString()).not.toContain("s3cret");
    const { Parameters } = await client.send(new DescribeParametersCommand({}));
    expect(Parameters).toMatchObject([{ Name: "key", KeyId: "alias/aws/ssm", Tier: "Standard" }]);
    expect((await refusal(put("key", "x", { Type: "String", Overwrite: true })))[0]).toBe(
      "HierarchyTypeMismatchException",
    );
  });

  test("paths are listed one level deep or all the way down, in pages", async () => {
    for (const name of ["/a/1", "/a/2", "/a/b/3", "/a/b/c/4", "/ab/5", "six"]) await put(name, name);
    expect(await byPath("/a")).toEqual(["/a/1", "/a/2"]);
    expect(await byPath("/a/")).toEqual(["/a/1", "/a/2"]);
    expect(await byPath("/a", { Recursive: true })).toEqual(["/a/1", "/a/2", "/a/b/3", "/a/b/c/4"]);
    expect(await byPath("/a/b", { Recursive: true })).toEqual(["/a/b/3", "/a/b/c/4"]);
    expect(await byPath("/")).toEqual(["six"]);
    expect(await byPath("/", { Recursive: true })).toHaveLength(6);
    expect(await byPath("/none")).toEqual([]);
    const first = await client.send(
      new GetParametersByPathCommand({ Path: "/a", Recursive: true, MaxResults: 3 }),
    );
    expect(first.Parameters).toHaveLength(3);
    expect(await byPath("/a", { Recursive: true, MaxResults: 3, NextToken: first.NextToken! })).toEqual([
      "/a/b/c/4",
    ]);
    expect((await refusal(byPath("a")))[0]).toBe("ValidationException");
    expect((await refusal(byPath("/a", { NextToken: "?" })))[0]).toBe("InvalidNextToken");
  });

  test("filters select by type, label, name, path, tier and tag", async () => {
    await put("/a/one", "1", { Tags: [{ Key: "team", Value: "red" }] });
    await put("/a/two", "2", { Type: "StringList" });
    await put("/b/three", "3", { Type: "SecureString", Tier: "Advanced" });
    await client.send(new LabelParameterVersionCommand({ Name: "/a/two", Labels: ["latest"] }));
    const filter = (Key: string, Option: string | undefined, ...Values: string[]) => [
      { Key, Values, ...(Option === undefined ? {} : { Option }) },
    ];
    const by = (...given: Parameters<typeof filter>) => described({ ParameterFilters: filter(...given) });
    expect(await by("Type", undefined, "String", "StringList")).toEqual(["/a/one", "/a/two"]);
    expect(await by("Name", "BeginsWith", "a/")).toEqual(["/a/one", "/a/two"]);
    expect(await by("Name", "Contains", "thre")).toEqual(["/b/three"]);
    expect(await by("Name", undefined, "/a/one")).toEqual(["/a/one"]);
    expect(await by("Path", "Recursive", "/")).toHaveLength(3);
    expect(await by("Path", undefined, "/b")).toEqual(["/b/three"]);
    expect(await by("Tier", undefined, "Advanced")).toEqual(["/b/three"]);
    expect(await by("KeyId", undefined, "alias/aws/ssm")).toEqual(["/b/three"]);
    expect(await by("tag:team", undefined, "red")).toEqual(["/a/one"]);
    expect(await described({ Filters: [{ Key: "Name", Values: ["/a"] }] })).toEqual(["/a/one", "/a/two"]);
    expect(await byPath("/a", { ParameterFilters: filter("Label", undefined, "latest") })).toEqual([
      "/a/two",
    ]);
    const bad = (...given: Parameters<typeof filter>) => refusal(by(...given));
    expect(await bad("Label", undefined, "x")).toEqual([
      "InvalidFilterKey",
      "The following filter key is not valid: Label. Valid filter keys include: [Path, Name, Type, KeyId, Tier, DataType].",
    ]);
    expect((await bad("Type", undefined, "Number"))[0]).toBe("InvalidFilterOption");
    expect((await bad("Path", "Equals", "/a"))[0]).toBe("InvalidFilterOption");
    expect((await bad("Path", undefined, "a"))[0]).toBe("ValidationException");
    expect((await bad("Colour", undefined, "red"))[0]).toBe("ValidationException");
    const twice = [...filter("Type", undefined, "String"), ...filter("Type", undefined, "String")];
    expect((await refusal(described({ ParameterFilters: twice })))[0]).toBe("InvalidFilterKey");
    const pages = await client.send(new DescribeParametersCommand({ MaxResults: 2 }));
    expect(await described({ MaxResults: 2, NextToken: pages.NextToken! })).toEqual(["/b/three"]);
  });

  test("labels belong to one version, and select it", async () => {
    await put("p", "one");
    await put("p", "two", { Overwrite: true });
    const label = (Labels: string[], ParameterVersion?: number) =>
      client.send(new LabelParameterVersionCommand({ Name: "p", Labels, ParameterVersion }));
    expect(await label(["prod", "aws-x", "1st", "a b"], 1)).toMatchObject({
      ...{ InvalidLabels: ["aws-x", "1st", "a b"], ParameterVersion: 1 },
    });
    expect(await get("p:prod")).toMatchObject({ Value: "one", Selector: ":prod" });
    expect(await label(["prod"])).toMatchObject({ InvalidLabels: [], ParameterVersion: 2 });
    expect(await get("p:prod")).toMatchObject({ Value: "two" });
    const history = await client.send(new GetParameterHistoryCommand({ Name: "p" }));
    expect(history.Parameters!.map(({ Labels }) => Labels)).toEqual([[], ["prod"]]);
    const unlabel = { Name: "p", ParameterVersion: 2, Labels: ["prod", "none"] };
    expect(await client.send(new UnlabelParameterVersionCommand(unlabel))).toMatchObject({
      ...{ RemovedLabels: ["prod"], InvalidLabels: ["none"] },
    });
    expect((await refusal(get("p:prod")))[0]).toBe("ParameterVersionNotFound");
    expect((await refusal(label(["x"], 9)))[0]).toBe("ParameterVersionNotFound");
    const many = Array.from({ length: 11 }, (_, i) => `l${i}`);
    expect((await refusal(label(many)))[0]).toBe("ParameterVersionLabelLimitExceeded");
  });

  test("parameters are deleted with all their versions, one or several", async () => {
    await put("p", "one");
    await put("p", "two", { Overwrite: true });
    await put("q", "three");
    await client.send(new DeleteParameterCommand({ Name: "p" }));
    expect((await refusal(get("p")))[0]).toBe("ParameterNotFound");
    expect(await put("p", "anew")).toMatchObject({ Version: 1 });
    expect(await client.send(new DeleteParametersCommand({ Names: ["p", "none", "q"] }))).toMatchObject({
      ...{ DeletedParameters: ["p", "q"], InvalidParameters: ["none"] },
    });
    expect((await refusal(client.send(new DeleteParameterCommand({ Name: "p" }))))[0]).toBe(
      "ParameterNotFound",
    );
    expect(await described()).toEqual([]);
  });

  test("tags are added, replaced and taken away", async () => {
    await put("p", "one", { Tags: [{ Key: "a", Value: "1" }] });
    const resource = { ResourceType: "Parameter", ResourceId: "p" } as const;
    const Tags = [
      { Key: "a", Value: "2" },
      { Key: "b", Value: "3" },
    ];
    await client.send(new AddTagsToResourceCommand({ ...resource, Tags }));
    const tags = async () => (await client.send(new ListTagsForResourceCommand(resource))).TagList;
    expect(await tags()).toEqual(Tags);
    await client.send(new RemoveTagsFromResourceCommand({ ...resource, TagKeys: ["a"] }));
    expect(await tags()).toEqual([{ Key: "b", Value: "3" }]);
    const list = (input: object) =>
      refusal(client.send(new ListTagsForResourceCommand({ ...resource, ...input })));
    expect((await list({ ResourceId: "none" }))[0]).toBe("InvalidResourceId");
    expect((await list({ ResourceType: "Nothing" }))[0]).toBe("InvalidResourceType");
    expect((await list({ ResourceType: "Document" }))[0]).toBe("NotSupportedException");
    expect((await refusal(put("p", "x", { Overwrite: true, Tags })))[0]).toBe("ValidationException");
  });

  test("a secret is read as a parameter", async () => {
    const secrets = new SecretsManagerClient(nodes.config);
    const { ARN: secretArn, VersionId } = await secrets.send(
      new CreateSecretCommand({ Name: "db/password", SecretString: "hidden" }),
    );
    const Name = "/aws/reference/secretsmanager/db/password";
    const parameter = await get(Name, { WithDecryption: true });
    expect(parameter).toMatchObject({ Name, Type: "SecureString", Value: "hidden", Version: 0 });
    expect(JSON.parse(parameter.SourceResult!)).toMatchObject({
      ...{ ARN: secretArn, name: "db/password", versionId: VersionId, versionStages: ["AWSCURRENT"] },
    });
    expect(await get(`${Name}:AWSCURRENT`, { WithDecryption: true })).toMatchObject({ Value: "hidden" });
    expect(await get(`${Name}:${VersionId}`, { WithDecryption: true })).toMatchObject({ Value: "hidden" });
    expect(await refusal(get(Name))).toEqual([
      "ValidationException",
      "WithDecryption flag must be True for retrieving a Secret Manager secret.",
    ]);
    const none = "/aws/reference/secretsmanager/none";
    expect(await refusal(get(none, { WithDecryption: true }))).toEqual([
      "ParameterNotFound",
      `An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret ${none} not found.`,
    ]);
    await put("p", "one");
    const several = new GetParametersCommand({ Names: ["p", Name, "none", none], WithDecryption: true });
    expect(await client.send(several)).toMatchObject({
      Parameters: [{ Name: "p" }, { Name }],
      InvalidParameters: ["none", none],
    });
    secrets.destroy();
  });

  test("bad input is refused in AWS's words, and nothing is stored", async () => {
    expect(await refusal(get("a/b/c"))).toEqual(["ValidationException", FORM]);
    expect(await refusal(get("/a//b"))).toEqual(["ValidationException", FORM]);
    expect(await refusal(put("a/b", "x"))).toEqual([
      ...["ValidationException", "Parameter name must be a fully qualified name."],
    ]);
    const reserved = 'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).';
    for (const name of ["aws_x", "SSMx", "/aws"]) {
      expect(await refusal(put(name, "x"))).toEqual(["ValidationException", reserved]);
    }
    expect(await refusal(put("/ssm/x", "x"))).toEqual(["ValidationException", FORM]);
    expect(await refusal(put("/AWS/x", "x"))).toEqual([
      ...["AccessDeniedException", "No access to reserved parameter name: /AWS/x."],
    ]);
    expect((await refusal(put(`/${Array(16).fill("a").join("/")}`, "x")))[0]).toBe(
      "HierarchyLevelLimitExceededException",
    );
    expect(await refusal(client.send(new PutParameterCommand({ Name: "p", Value: "x" })))).toEqual([
      ...["ValidationException", "A parameter type is required when you create a parameter."],
    ]);
    expect((await refusal(put("p", "")))[0]).toBe("ValidationException");
    for (const value of ["{{ssm:other}}", '{"template": "Dear {{name}},"}']) {
      expect(await refusal(put("p", value))).toEqual([
        ...["ValidationException"],
        `Parameter value can't nest another parameter. Do not use "{{}}" in the value.`,
      ]);
    }
    expect(await refusal(put("p", "x", { AllowedPattern: "^\\d+$" }))).toEqual([
      ...["ParameterPatternMismatchException"],
      "Parameter value, cannot be validated against allowedPattern: ^\\d+$",
    ]);
    expect((await refusal(put("p", "x", { AllowedPattern: "(" })))[0]).toBe("InvalidAllowedPatternException");
    expect(await refusal(put("p", "x", { DataType: "Text" }))).toEqual([
      ...["ValidationException"],
      "The following data type is not supported: Text (Data type names are all lowercase.)",
    ]);
    expect((await refusal(put("p", "x".repeat(4097))))[1]).toMatch(
      /^Standard tier parameters support a maximum/,
    );
    expect((await refusal(put("p", "x".repeat(8193), { Tier: "Advanced" })))[0]).toBe("ValidationException");
    expect((await refusal(put("p", "x", { Policies: '[{"Type":"Expiration"}]' })))[0]).toBe(
      "NotSupportedException",
    );
    expect((await refusal(put("p", "x", { Type: "Number" as never })))[0]).toBe("ValidationException");
    expect(await described()).toEqual([]);
    expect(await put("braces", "}} and {{, {}")).toMatchObject({ Version: 1 });
    expect(await put("p", "x".repeat(5000), { Tier: "Intelligent-Tiering" })).toMatchObject({
      Tier: "Advanced",
    });
  });

  test("what is not of the Parameter Store is refused by name", async () => {
    const window = new GetMaintenanceWindowCommand({ WindowId: "mw-00000000000000000" });
    expect(await refusal(client.send(window))).toEqual([
      ...["UnknownOperationException", "Stepwell does not have the operation ssm.GetMaintenanceWindow."],
    ]);
  });
});
