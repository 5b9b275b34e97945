import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  InvokeCommand,
  ListFunctionsCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  TagResourceCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { silentLogger } from "../kernel/logger.ts";
import { openPostgresStore } from "../store/postgres.ts";
import { sharedPostgresUrl } from "../testing/postgres-server.ts";
import { functionInput, type LambdaNode, openLambdaNode } from "./fixtures/lambda-node.ts";
import { makeZip } from "./fixtures/zip.ts";

const ARN = "arn:aws:lambda:us-east-1:000000000000:function";
const code = (n: number) => `export const handler = async () => ${n};`;

let node: LambdaNode;
beforeAll(async () => {
  const url = await sharedPostgresUrl();
  node = await openLambdaNode({
    openStore: (clock) => openPostgresStore({ url, schema: "lambda", clock, log: silentLogger }),
  });
});
afterAll(() => node.close());

describe("functions on PostgreSQL", () => {
  test("have versions and aliases, are listed and go with all that is theirs", async () => {
    const { client } = node;
    const FunctionName = "hello";
    await client.send(new CreateFunctionCommand(functionInput(FunctionName, code(1)) as never));
    const published = Array.from({ length: 4 }, () =>
      client.send(new PublishVersionCommand({ FunctionName })),
    );
    expect((await Promise.all(published)).map(({ Version }) => Version)).toEqual(["1", "1", "1", "1"]);
    const ZipFile = makeZip([{ name: "index.mjs", content: code(2) }]);
    await client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile, Publish: true }));
    await client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
    const tags = [1, 2, 3, 4].map((n) => ({ [`k${n}`]: "v" }));
    const Resource = `${ARN}:hello`;
    await Promise.all(tags.map((Tags) => client.send(new TagResourceCommand({ Resource, Tags }))));
    expect(Object.keys((await node.call("ListTags", { Resource })).Tags)).toHaveLength(4);

    const { Payload } = await client.send(new InvokeCommand({ FunctionName, Qualifier: "live" }));
    expect(Buffer.from(Payload!).toString()).toBe("1");
    const versions = await client.send(new ListVersionsByFunctionCommand({ FunctionName }));
    expect(versions.Versions?.map(({ Version }) => Version)).toEqual(["$LATEST", "1", "2"]);
    const all = await client.send(new ListFunctionsCommand({ FunctionVersion: "ALL", MaxItems: 2 }));
    const rest = await client.send(
      new ListFunctionsCommand({ FunctionVersion: "ALL", Marker: all.NextMarker }),
    );
    expect([...all.Functions!, ...rest.Functions!].map(({ FunctionArn }) => FunctionArn)).toEqual([
      `${ARN}:hello:$LATEST`,
      `${ARN}:hello:1`,
      `${ARN}:hello:2`,
    ]);
    await client.send(new DeleteFunctionCommand({ FunctionName }));
    expect(await node.stored()).toMatchObject({ functions: 0, refs: 0 });
  });
});
