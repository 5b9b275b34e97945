import { AddPermissionCommand, CreateFunctionUrlConfigCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { signingHeaders } from "../cli/client/sign.ts";
import { RealClock } from "../kernel/clock.ts";
import { silentLogger } from "../kernel/logger.ts";
import { openNode, type StepwellNode } from "../node.ts";
import { createFunction } from "../testing/whole-nodes.ts";

const KEY = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };

let node: StepwellNode;
let lambda: LambdaClient;
beforeAll(async () => {
  node = await openNode({ data: ":memory:", log: silentLogger, keys: [KEY] });
  const { url } = await node.listen({ port: 0, host: "127.0.0.1" });
  lambda = new LambdaClient({ endpoint: url, region: "us-east-1", credentials: KEY });
  const code = "export const handler = async ({ body, requestContext }) => [body, requestContext.accountId];";
  for (const name of ["open", "closed"]) await createFunction(lambda, name, code);
});
afterAll(async () => {
  lambda.destroy();
  await node.close(0);
});

async function urlOf(FunctionName: string, AuthType: "NONE" | "AWS_IAM"): Promise<URL> {
  const { FunctionUrl } = await lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType }));
  return new URL(FunctionUrl!);
}

function signed(url: URL, body: string, key = KEY): Promise<Response> {
  const headers = { host: url.host };
  const path = `${url.pathname}${url.search}`;
  const scope = { region: "us-east-1", service: "lambda" };
  const added = signingHeaders({ method: "POST", path, headers, body }, scope, key, new RealClock().now());
  return fetch(url, { method: "POST", headers: added, body });
}

test("on a server with keys a public URL is open to everybody", async () => {
  const url = await urlOf("open", "NONE");
  await lambda.send(
    new AddPermissionCommand({
      ...{ FunctionName: "open", StatementId: "public", Principal: "*" },
      ...{ Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: "NONE" },
    }),
  );
  const answered = await fetch(url, { method: "POST", body: "hello" });
  expect(await answered.json()).toEqual(["hello", "anonymous"]);
  expect((await fetch(new URL("/2015-03-31/functions", url))).status).toBe(403);
});

test("one with AWS_IAM is open to whoever signs with a key of the server's, and to nobody else", async () => {
  const url = await urlOf("closed", "AWS_IAM");
  url.pathname += "a/b";
  url.search = "?c=d%20e";
  expect(await (await signed(url, "hello")).json()).toEqual(["hello", "000000000000"]);
  const wrong = await signed(url, "hello", { ...KEY, secretAccessKey: "guessed" });
  expect(wrong.status).toBe(403);
  expect(await wrong.text()).toContain("The request signature we calculated does not match");
  const unknown = await signed(url, "hello", { ...KEY, accessKeyId: "AKIDOTHER" });
  expect([unknown.status, await unknown.json()]).toEqual([
    403,
    { Message: "The security token included in the request is invalid." },
  ]);
  expect((await fetch(url, { method: "POST", body: "hello" })).status).toBe(403);
});
