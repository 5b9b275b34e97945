import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionUrlConfigCommand,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  DeleteFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
  LambdaClient,
  ListFunctionUrlConfigsCommand,
  PublishVersionCommand,
  UpdateFunctionUrlConfigCommand,
} from "@aws-sdk/client-lambda";
import { describe, expect, test } from "vitest";
import { createFunction, onWholeNodes } from "../../testing/whole-nodes.ts";

const ECHO = "export const handler = async (event) => event;";

type Lambda = Pick<LambdaClient, "send">;

async function publicUrl(lambda: Lambda, FunctionName: string, more: object = {}): Promise<string> {
  await lambda.send(
    new AddPermissionCommand({
      ...{ FunctionName, StatementId: "public", Principal: "*" },
      ...{ Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: "NONE" },
    }),
  );
  const made = await lambda.send(
    new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE", ...more }),
  );
  return made.FunctionUrl!;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look at answers of every shape.
const json = (response: Response): Promise<any> => response.json();

const refusal = (act: Promise<unknown>) =>
  act.then(
    () => expect.fail("It was not refused."),
    (error) => [error.name, error.$metadata.httpStatusCode, error.message],
  );

onWholeNodes((open) => {
  async function opened() {
    const nodes = await open();
    const ARN = `arn:aws:lambda:${nodes.region}:000000000000:function`;
    return { ...nodes, lambda: nodes.client(LambdaClient), ARN };
  }

  describe("the configuration of a function's URL", () => {
    test("is made, shown, changed, listed and deleted; it goes with its alias and its function", async () => {
      const { lambda, ARN } = await opened();
      await createFunction(lambda, "hello", ECHO);
      await lambda.send(new PublishVersionCommand({ FunctionName: "hello" }));
      const alias = { FunctionName: "hello", Name: "live" };
      await lambda.send(new CreateAliasCommand({ ...alias, FunctionVersion: "1" }));
      const Cors = { AllowOrigins: ["https://a.example"], AllowMethods: ["GET"], MaxAge: 60 };
      const made = await lambda.send(
        new CreateFunctionUrlConfigCommand({ FunctionName: "hello", AuthType: "NONE", Cors }),
      );
      expect(made).toMatchObject({
        FunctionArn: `${ARN}:hello`,
        AuthType: "NONE",
        InvokeMode: "BUFFERED",
        Cors,
      });
      expect(made.$metadata.httpStatusCode).toBe(201);
      expect(made.FunctionUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/_url\/[0-9a-z]{32}\/$/);
      const ofAlias = { FunctionName: "hello", Qualifier: "live" };
      await lambda.send(new CreateFunctionUrlConfigCommand({ ...ofAlias, AuthType: "AWS_IAM" }));
      const updated = await lambda.send(
        new UpdateFunctionUrlConfigCommand({ FunctionName: "hello", AuthType: "AWS_IAM" }),
      );
      expect(updated).toMatchObject({ AuthType: "AWS_IAM", Cors, CreationTime: made.CreationTime });
      expect(updated.LastModifiedTime).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      const list = async () =>
        (
          await lambda.send(new ListFunctionUrlConfigsCommand({ FunctionName: "hello" }))
        ).FunctionUrlConfigs?.map(({ FunctionArn }) => FunctionArn);
      expect(await list()).toEqual([`${ARN}:hello`, `${ARN}:hello:live`]);
      await lambda.send(new DeleteAliasCommand(alias));
      expect(await list()).toEqual([`${ARN}:hello`]);
      await lambda.send(new DeleteFunctionUrlConfigCommand({ FunctionName: "hello" }));
      expect(await list()).toEqual([]);
      await lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName: "hello", AuthType: "NONE" }));
      await lambda.send(new DeleteFunctionCommand({ FunctionName: "hello" }));
      await createFunction(lambda, "hello", ECHO);
      expect(await list()).toEqual([]);
    });

    test("is refused for what is not there, what is there already, and versions", async () => {
      const { lambda, ARN } = await opened();
      await createFunction(lambda, "hello", ECHO);
      const create = (input: object) =>
        refusal(lambda.send(new CreateFunctionUrlConfigCommand({ AuthType: "NONE", ...input } as never)));
      const missing = ["ResourceNotFoundException", 404, "Function does not exist"];
      expect(await create({ FunctionName: "other" })).toEqual(missing);
      expect(await create({ FunctionName: "hello", Qualifier: "live" })).toEqual(missing);
      expect(await create({ FunctionName: "hello", Qualifier: "1" })).toEqual([
        "ValidationException",
        400,
        String.raw`1 validation error detected: Value '1' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: ((?!^\d+$)^[0-9a-zA-Z-_]+$)`,
      ]);
      const none = ["ResourceNotFoundException", 404, "The resource you requested does not exist."];
      const named = { FunctionName: "hello" };
      expect(await refusal(lambda.send(new GetFunctionUrlConfigCommand(named)))).toEqual(none);
      expect(await refusal(lambda.send(new DeleteFunctionUrlConfigCommand(named)))).toEqual(none);
      expect(await refusal(lambda.send(new UpdateFunctionUrlConfigCommand(named)))).toEqual(none);
      await lambda.send(new CreateFunctionUrlConfigCommand({ ...named, AuthType: "NONE" }));
      expect(await create(named)).toEqual([
        "ResourceConflictException",
        409,
        `Failed to create function url config for [functionArn = ${ARN}:hello]. Error message:  FunctionUrlConfig exists for this Lambda function`,
      ]);
    });
  });

  describe("a request to a function's URL", () => {
    test("becomes an event of version 2.0", async () => {
      const { lambda, region } = await opened();
      await createFunction(lambda, "echo", ECHO);
      const url = await publicUrl(lambda, "echo");
      const answered = await fetch(`${url}a%2Fb/c?x=1&y=%20&x=2`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Cookie: "one=1; two=2", "X-Two": "a" },
        body: '{"n":1}',
      });
      expect([answered.status, answered.headers.get("content-type")]).toEqual([200, "application/json"]);
      const event = await json(answered);
      const id = url.split("/").at(-2)!;
      expect(event).toMatchObject({
        version: "2.0",
        routeKey: "$default",
        rawPath: "/a%2Fb/c",
        rawQueryString: "x=1&y=%20&x=2",
        queryStringParameters: { x: "1,2", y: " " },
        cookies: ["one=1", "two=2"],
        headers: { "content-type": "application/json", "x-two": "a", "x-forwarded-proto": "http" },
        body: '{"n":1}',
        isBase64Encoded: false,
        requestContext: {
          accountId: "anonymous",
          apiId: id,
          domainName: `${id}.lambda-url.${region}.on.aws`,
          domainPrefix: id,
          http: { method: "POST", path: "/a%2Fb/c", protocol: "HTTP/1.1", sourceIp: "127.0.0.1" },
          routeKey: "$default",
          stage: "$default",
          requestId: answered.headers.get("x-amzn-requestid"),
        },
      });
      expect(event.headers).not.toHaveProperty("cookie");
      const { time, timeEpoch } = event.requestContext;
      expect(time).toMatch(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
      expect(Math.abs(Date.now() - timeEpoch)).toBeLessThan(600_000);
      const plain = await (await fetch(url.slice(0, -1))).json();
      expect(plain).toMatchObject({ rawPath: "/", rawQueryString: "", isBase64Encoded: false });
      for (const absent of ["queryStringParameters", "cookies", "body"])
        expect(plain).not.toHaveProperty(absent);
    });

    test("may have any bytes, which come in base64", async () => {
      const { lambda } = await opened();
      await createFunction(lambda, "echo", ECHO);
      const url = await publicUrl(lambda, "echo");
      const post = async (type: string, body: Uint8Array<ArrayBuffer>) =>
        (await fetch(url, { method: "POST", headers: { "content-type": type }, body })).json();
      const bytes = new Uint8Array([0, 255, 1]);
      expect(await post("image/png", bytes)).toMatchObject({ body: "AP8B", isBase64Encoded: true });
      expect(await post("text/plain", bytes)).toMatchObject({ body: "AP8B", isBase64Encoded: true });
      expect(await post("application/x-www-form-urlencoded", Buffer.from("a=1"))).toMatchObject({
        body: "YT0x",
        isBase64Encoded: true,
      });
      expect(await post("application/problem+json; charset=utf-8", Buffer.from("{}"))).toMatchObject({
        body: "{}",
      });
    });

    test("finds its function by the host that AWS would give it, and by its alias", async () => {
      const { lambda, urls, ARN, region } = await opened();
      await createFunction(
        lambda,
        "versions",
        "export const handler = async (_, c) => c.invokedFunctionArn;",
      );
      await lambda.send(new PublishVersionCommand({ FunctionName: "versions" }));
      await lambda.send(
        new CreateAliasCommand({ FunctionName: "versions", Name: "live", FunctionVersion: "1" }),
      );
      const FunctionName = "versions:live";
      const url = await publicUrl(lambda, FunctionName);
      expect(await (await fetch(url)).text()).toBe(`${ARN}:versions:live`);
      const { request } = process.getBuiltinModule("node:http");
      const id = url.split("/").at(-2)!;
      const text = await new Promise<string>((resolve, reject) => {
        const headers = { host: `${id}.lambda-url.${region}.on.aws` };
        const asked = request(`${urls.at(-1)}/any/path`, { headers }, async (response) => {
          response.setEncoding("utf8");
          let all = "";
          for await (const chunk of response) all += chunk;
          resolve(all);
        });
        asked.on("error", reject).end();
      });
      expect(text).toBe(`${ARN}:versions:live`);
    });

    test("is answered as the function says", async () => {
      const { lambda } = await opened();
      await createFunction(
        lambda,
        "answers",
        `const answers = {
           "/all": { statusCode: 201, headers: { "Content-Type": "text/plain", "X-N": 1 }, cookies: ["a=1; Secure", "b=2"], body: "made" },
           "/bytes": { statusCode: "200", headers: { "content-type": "image/png" }, body: "AP8B", isBase64Encoded: true },
           "/status": { statusCode: 204 },
           "/object": { message: "hello" },
           "/text": "hello",
           "/number": 7,
           "/status-of-letters": { statusCode: "teapot" },
           "/header-of-lines": { statusCode: 200, headers: { "x-a": "b\\r\\nc: d" } },
         };
         export const handler = async ({ rawPath }) => {
           if (rawPath === "/throws") throw new Error("no");
           return answers[rawPath];
         };`,
      );
      const url = await publicUrl(lambda, "answers");
      const get = (path: string) => fetch(url.slice(0, -1) + path);
      const all = await get("/all");
      expect([all.status, all.headers.get("content-type"), all.headers.get("x-n"), await all.text()]).toEqual(
        [201, "text/plain", "1", "made"],
      );
      expect(all.headers.getSetCookie()).toEqual(["a=1; Secure", "b=2"]);
      const bytes = await get("/bytes");
      expect([...new Uint8Array(await bytes.arrayBuffer())]).toEqual([0, 255, 1]);
      const status = await get("/status");
      expect([status.status, await status.text()]).toEqual([204, ""]);
      for (const [path, body] of [
        ["/object", '{"message":"hello"}'],
        ["/text", "hello"],
        ["/number", "7"],
        ["/nothing", "null"],
      ]) {
        const response = await get(path!);
        expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
          200,
          "application/json",
          body,
        ]);
      }
      for (const path of ["/throws", "/status-of-letters", "/header-of-lines"]) {
        const response = await get(path);
        expect([response.status, await response.text()]).toEqual([502, "Internal Server Error"]);
      }
    });

    test("is forbidden without a permission for everybody, or without a signature where one is wanted", async () => {
      const { lambda, region } = await opened();
      await createFunction(lambda, "secret", ECHO);
      const FunctionName = "secret";
      const { FunctionUrl } = await lambda.send(
        new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE" }),
      );
      const forbidden = await fetch(FunctionUrl!);
      expect([forbidden.status, forbidden.headers.get("x-amzn-errortype")]).toEqual([
        403,
        "AccessDeniedException",
      ]);
      expect((await json(forbidden)).Message).toMatch(/^Forbidden/);
      await lambda.send(
        new AddPermissionCommand({
          ...{ FunctionName, StatementId: "one", Principal: "*", Action: "lambda:InvokeFunctionUrl" },
          ...{ FunctionUrlAuthType: "NONE", SourceAccount: "111111111111" },
        }),
      );
      expect((await fetch(FunctionUrl!)).status).toBe(403);
      await lambda.send(new UpdateFunctionUrlConfigCommand({ FunctionName, AuthType: "AWS_IAM" }));
      expect((await fetch(FunctionUrl!)).status).toBe(403);
      const authorization = `AWS4-HMAC-SHA256 Credential=AKID/20300101/${region}/lambda/aws4_request, SignedHeaders=host, Signature=0`;
      const signed = await fetch(FunctionUrl!, { headers: { authorization } });
      expect((await json(signed)).requestContext).toMatchObject({
        accountId: "000000000000",
        authorizer: { iam: { accessKey: "AKID", accountId: "000000000000" } },
      });
    });

    test("to no URL is not found, and one that is too long is refused", async () => {
      const { lambda, urls } = await opened();
      const unknown = await fetch(`${urls[0]}/_url/nobody/`);
      expect([unknown.status, await unknown.json()]).toEqual([404, { Message: null }]);
      await createFunction(lambda, "echo", ECHO);
      const url = await publicUrl(lambda, "echo");
      const long = await fetch(url, { method: "POST", body: Buffer.alloc(6_291_457) });
      expect([long.status, await long.json()]).toEqual([
        413,
        { Message: "Request must be smaller than 6291456 bytes for the InvokeFunction operation" },
      ]);
    });

    test("from a page of elsewhere is allowed as the URL's CORS say", async () => {
      const { lambda } = await opened();
      await createFunction(
        lambda,
        "cors",
        'export const handler = async () => ({ statusCode: 200, headers: { "Access-Control-Allow-Origin": "x" } });',
      );
      const Cors = {
        ...{
          AllowOrigins: ["https://a.example"],
          AllowMethods: ["GET", "PUT"],
          AllowHeaders: ["x-a", "x-b"],
        },
        ...{ ExposeHeaders: ["x-c"], MaxAge: 60, AllowCredentials: true },
      };
      const url = await publicUrl(lambda, "cors", { Cors });
      const ask = (method: string, headers: Record<string, string>) => fetch(url, { method, headers });
      const allow = (response: Response) =>
        Object.fromEntries([...response.headers].filter(([name]) => name.startsWith("access-control-")));
      const preflight = { origin: "https://a.example", "access-control-request-method": "PUT" };
      const asked = await ask("OPTIONS", preflight);
      expect([asked.status, allow(asked)]).toEqual([
        200,
        {
          "access-control-allow-origin": "https://a.example",
          "access-control-allow-credentials": "true",
          "access-control-allow-methods": "GET,PUT",
          "access-control-allow-headers": "x-a,x-b",
          "access-control-max-age": "60",
        },
      ]);
      const elsewhere = await ask("OPTIONS", { ...preflight, origin: "https://b.example" });
      expect([elsewhere.status, allow(elsewhere)]).toEqual([200, {}]);
      expect(allow(await ask("GET", { origin: "https://a.example" }))).toEqual({
        "access-control-allow-origin": "https://a.example",
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "x-c",
      });
    });
  });
});
