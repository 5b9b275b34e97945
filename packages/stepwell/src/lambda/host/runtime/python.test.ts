import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { RuntimeFixture } from "./fixture.ts";

const failure = async (report: ReturnType<RuntimeFixture["invoke"]>) => {
  const { result } = await report;
  if (result.ok) throw new Error(`It succeeded with ${result.payload}.`);
  return result;
};

describe("a Python function", () => {
  test("gets the event, answers with JSON and keeps its state between invocations", async () => {
    await using fixture = new RuntimeFixture();
    const code = fixture.python(
      `
from decimal import Decimal
count = 0
def handler(event, context):
    global count
    count += 1
    return {"hello": event["name"], "count": count, "price": Decimal("1.5"), "nothing": None}
`,
    );
    expect(await fixture.result(code, { name: "Zoë 🎈" })).toEqual({
      ...{ hello: "Zoë 🎈", count: 1, price: 1.5, nothing: null },
    });
    expect(await fixture.result(code, { name: "b" })).toMatchObject({ hello: "b", count: 2 });
  });

  test("is found in a package, and imports its own modules from the folder of the code", async () => {
    await using fixture = new RuntimeFixture();
    writeFileSync(join(fixture.folder, "shared.py"), "ANSWER = 42");
    const code = fixture.write("a/b.py", "import shared\ndef handler(event, context): return shared.ANSWER", {
      runtime: "python3.13",
    });
    expect(code.handler).toBe("a/b.handler");
    expect(await fixture.result(code)).toBe(42);
    expect(await fixture.result({ ...code, handler: "a.b.handler", revision: "2" })).toBe(42);
  });

  test("has all that AWS documents in its context and environment", async () => {
    await using fixture = new RuntimeFixture();
    const code = fixture.python(
      `
import os
def handler(event, context):
    left = context.get_remaining_time_in_millis()
    client = context.client_context
    return {
        "name": context.function_name, "version": context.function_version, "arn": context.invoked_function_arn,
        "memory": context.memory_limit_in_mb, "id": context.aws_request_id, "group": context.log_group_name,
        "stream": context.log_stream_name == os.environ["AWS_LAMBDA_LOG_STREAM_NAME"], "tenant": context.tenant_id,
        "left": 0 < left <= 10_000, "identity": context.identity.cognito_identity_id,
        "client": client and [client.custom, client.env, client.client.app_title, client.client.installation_id],
        "cwd": os.getcwd() == os.environ["LAMBDA_TASK_ROOT"], "trace": os.environ.get("_X_AMZN_TRACE_ID"),
        "env": [os.environ[key] for key in ("AWS_EXECUTION_ENV", "AWS_REGION", "_HANDLER", "OWN", "AWS_ENDPOINT_URL")],
        "text": repr(context).startswith("LambdaContext([function_name="),
    }
`,
      { environment: { OWN: "mine" } },
    );
    const withUrl = new RuntimeFixture({ endpointUrl: "http://127.0.0.1:1" });
    await using _ = withUrl;
    const clientContext = { custom: { ключ: "π" }, env: { locale: "de" }, client: { app_title: "shop" } };
    const more = {
      requestId: "r-1",
      tenantId: "acme",
      traceId: "Root=1-2-3",
      clientContext: Buffer.from(JSON.stringify(clientContext, null, 1)).toString("base64"),
    };
    expect(await withUrl.result(code, {}, more)).toEqual({
      name: code.functionName,
      version: "$LATEST",
      arn: code.functionArn,
      memory: "128",
      id: "r-1",
      group: code.logGroup,
      stream: true,
      tenant: "acme",
      left: true,
      identity: null,
      client: [{ ключ: "π" }, { locale: "de" }, "shop", null],
      cwd: true,
      trace: "Root=1-2-3",
      env: ["AWS_Lambda_python3.12", "eu-west-1", code.handler, "mine", "http://127.0.0.1:1"],
      text: true,
    });
    expect(await withUrl.result(code)).toMatchObject({ client: null, tenant: null, trace: null });
  });

  test("logs what it prints, line by line, between START and REPORT", async () => {
    await using fixture = new RuntimeFixture();
    const code = fixture.python(
      `
import logging, sys
def handler(event, context):
    print("one\\ntwo")
    print("to stderr", file=sys.stderr)
    logging.getLogger().warning("careful, %s", "you")
    logging.getLogger().info("not shown")
    print("no end of line", end="")
`,
    );
    const { logTail } = await fixture.invoke(code, {}, { requestId: "r-1" });
    const lines = logTail.split("\n");
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
    expect(lines[0]).toBe("START RequestId: r-1 Version: $LATEST");
    expect(lines.slice(1, -3).toSorted()).toEqual([
      expect.stringMatching(new RegExp(`^\\[WARNING\\]\t${time}\tr-1\tcareful, you$`)),
      ...["no end of line", "one", "to stderr", "two"],
    ]);
    expect(lines.at(-3)).toBe("END RequestId: r-1");
    expect(lines.at(-2)).toMatch(
      /^REPORT RequestId: r-1\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: [1-9]\d* MB\tInit Duration: [\d.]+ ms\t$/,
    );
    expect(fixture.log.map((line) => line.trimEnd())).toEqual(expect.arrayContaining(["one", "two"]));
  });

  test("logs objects when its log is JSON, down to the level that is kept", async () => {
    await using fixture = new RuntimeFixture();
    const source = `
import logging
logger = logging.getLogger("shop")
def handler(event, context):
    print("a line")
    logger.info("not kept")
    logger.warning("careful, %s", "you", extra={"order": {"id": 7}, "nothing": None})
    logger.log(35, "between")
    logger.critical(object)
    try:
        1 / 0
    except ZeroDivisionError:
        logger.exception("no result")
    raise ValueError("two\\nlines")
`;
    const jsonLogging = { applicationLevel: "WARN", systemLevel: "WARN" } as const;
    const code = fixture.python(source, { jsonLogging });
    const { logTail } = await fixture.invoke(code, {}, { requestId: "r-1" });
    const file = join(fixture.folder, "module0.py");
    const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const line = { timestamp, logger: "shop", requestId: "r-1" };
    const lines = logTail.trimEnd().split("\n");
    const own = lines.map((text) => JSON.parse(text)).filter(({ type }) => type === undefined);
    expect(own).toEqual([
      { ...line, level: "WARNING", message: "careful, you", order: { id: 7 } },
      { ...line, level: "WARNING", message: "between" },
      { ...line, level: "CRITICAL", message: "<class 'object'>" },
      {
        ...line,
        level: "ERROR",
        message: "no result",
        errorType: "ZeroDivisionError",
        errorMessage: "division by zero",
        stackTrace: [expect.stringContaining(`File "${file}", line 11, in handler`)],
        location: `${file}:handler:13`,
      },
      {
        timestamp,
        level: "ERROR",
        errorType: "ValueError",
        errorMessage: "two\nlines",
        requestId: "r-1",
        stackTrace: [expect.stringContaining(`File "${file}", line 14, in handler`)],
      },
    ]);
  });
});

describe("an error of a Python function", () => {
  test("has AWS's shape and is logged", async () => {
    await using fixture = new RuntimeFixture();
    const code = fixture.python(
      `
class OutOfStock(Exception): pass
def pick(): raise OutOfStock("no apples")
def handler(event, context): pick()
`,
    );
    const { kind, error } = await failure(fixture.invoke(code, {}, { requestId: "r-1" }));
    const file = join(fixture.folder, "module0.py");
    const stackTrace = [
      `  File "${file}", line 4, in handler\n    def handler(event, context): pick()\n`,
      `  File "${file}", line 3, in pick\n    def pick(): raise OutOfStock("no apples")\n`,
    ];
    expect([kind, error.errorType, error.errorMessage]).toEqual(["handler", "OutOfStock", "no apples"]);
    expect(JSON.parse(error.payload!)).toEqual({
      errorMessage: "no apples",
      errorType: "OutOfStock",
      requestId: "r-1",
      stackTrace: stackTrace.map((text) => expect.stringContaining(text.trimEnd())),
    });
    expect(fixture.log.join("")).toContain(
      `[ERROR] OutOfStock: no apples\nTraceback (most recent call last):\n  File "${file}", line 4, in handler\n`,
    );
  });

  test.each([
    [
      "a module that is not there",
      "",
      "nowhere.handler",
      "Runtime.ImportModuleError",
      /^Unable to import module 'nowhere': No module named 'nowhere'$/,
    ],
    [
      "a package that is not there",
      "import no_such_package",
      "module0.handler",
      "Runtime.ImportModuleError",
      /^Unable to import module 'module0': No module named 'no_such_package'$/,
    ],
    [
      "a handler that is not there",
      "",
      "module0.handler",
      "Runtime.HandlerNotFound",
      /^Handler 'handler' missing on module 'module0'$/,
    ],
    [
      "a handler without a dot",
      "",
      "handler",
      "Runtime.MalformedHandlerName",
      /^Bad handler 'handler': not enough values to unpack \(expected 2, got 1\)$/,
    ],
    [
      "a handler in a module of Python's own",
      "",
      "sys.exit",
      "Runtime.BuiltInModuleConflict",
      /^Cannot use built-in module sys as a handler module$/,
    ],
    [
      "code that is no Python",
      "def handler(:",
      "module0.handler",
      "Runtime.UserCodeSyntaxError",
      /^Syntax error in module 'module0': invalid syntax/,
    ],
    [
      "an exception at import",
      "raise ValueError('at import')",
      "module0.handler",
      "ValueError",
      /^at import$/,
    ],
  ])("is reported for %s", async (_what, text, handler, errorType, errorMessage) => {
    await using fixture = new RuntimeFixture();
    const { kind, error } = await failure(fixture.invoke(fixture.python(text, { handler })));
    expect([kind, error.errorType]).toEqual(["runtime", errorType]);
    expect(error.errorMessage).toMatch(errorMessage);
    expect(JSON.parse(error.payload!)).toMatchObject({
      errorType,
      requestId: "",
      stackTrace: expect.any(Array),
    });
    expect(fixture.log.join("")).toContain(`[ERROR] ${errorType}: `);
  });

  test.each([
    [
      "a result that has no JSON",
      "return {1, 2}",
      "Runtime.MarshalError",
      "Unable to marshal response: Object of type set is not JSON serializable",
    ],
    [
      "leaving by sys.exit",
      "import sys; sys.exit(3)",
      "Runtime.ExitError",
      "RequestId: r-1 Error: Runtime exited with error: exit status 3",
    ],
    [
      "leaving without a reason",
      "import os; os._exit(0)",
      "Runtime.ExitError",
      "RequestId: r-1 Error: Runtime exited without providing a reason",
    ],
    [
      "a crash",
      "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
      "Runtime.ExitError",
      "RequestId: r-1 Error: Runtime exited with error: signal: segmentation fault",
    ],
  ])("is reported for %s, and the next invocation runs", async (_what, body, errorType, errorMessage) => {
    await using fixture = new RuntimeFixture();
    const code = fixture.python(`def handler(event, context):\n    if event: return "fine"\n    ${body}`);
    const { error } = await failure(fixture.invoke(code, {}, { requestId: "r-1" }));
    expect(error).toMatchObject({ errorType, errorMessage });
    expect(await fixture.result(code, { n: 1 })).toBe("fine");
  });

  test("is reported for a response of more than 6 MB, and the instance goes on", async () => {
    await using fixture = new RuntimeFixture();
    const code = fixture.python(`
import os
def handler(event, context): return "x" * event if event else os.getpid()
`);
    const pid = await fixture.result(code, 0);
    const { error } = await failure(fixture.invoke(code, 6_291_556));
    expect(error).toEqual({
      errorType: "Function.ResponseSizeTooLarge",
      errorMessage: "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    });
    expect(await fixture.result(code, 0)).toBe(pid);
    expect(await fixture.result(code, 6_291_554)).toHaveLength(6_291_554);
  });

  test("names the way out when there is no Python", async () => {
    await using fixture = new RuntimeFixture();
    const code = fixture.python("def handler(event, context): return 1", {
      environment: { PATH: "/nowhere" },
    });
    const { error } = await failure(fixture.invoke(code));
    expect(error).toEqual({
      errorType: "Runtime.InvalidEntrypoint",
      errorMessage:
        "Error: the runtime python3.12 needs python3, which is not on the PATH of this server (ENOENT). Install Python 3, or start Stepwell with a PATH that has it, and invoke again.",
    });
  });
});
