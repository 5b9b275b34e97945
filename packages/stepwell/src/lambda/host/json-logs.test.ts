import { afterAll, describe, expect, test } from "vitest";
import { HostFixture } from "./fixture.ts";
import type { LogLine } from "./host.ts";
import { type JsonLogging, keptText } from "./json-logging.ts";

const lines: LogLine[] = [];
const fixture = new HostFixture({ log: (more) => lines.push(...more) });
afterAll(() => fixture[Symbol.asyncDispose]());

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
let requests = 0;

/** Runs a handler with this body and gives what was logged of it, parsed, by what its level is about. */
async function logged(body: string, logging: Partial<JsonLogging> = {}, more: { tenantId?: string } = {}) {
  const jsonLogging = { applicationLevel: "TRACE", systemLevel: "DEBUG", ...logging } as const;
  const requestId = `json-${++requests}`;
  const { logTail } = await fixture.invoke(
    fixture.handler(body, { jsonLogging, timeoutMs: 1000 }),
    {},
    { requestId, ...more },
  );
  const messages = lines.filter((line) => line.requestId === requestId).map(({ message }) => message);
  expect(messages.join("").endsWith(logTail)).toBe(true);
  // biome-ignore lint/suspicious/noExplicitAny: lines of every shape.
  const all: any[] = messages.map((message) => JSON.parse(message));
  return {
    requestId,
    platform: all.filter(({ type }) => type),
    application: all.filter(({ type }) => !type),
  };
}

describe("a function whose log is JSON", () => {
  test("has its console's lines as objects, and Lambda's own as events around them", async () => {
    const { requestId, application, platform } = await logged(
      `console.log("one %s", "two", { a: 1 }); console.error("bad"); console.warn({ a: [1] }); console.debug(7n);
       console.trace(); return "ü";`,
    );
    expect(application).toEqual([
      { timestamp: expect.stringMatching(TIME), level: "INFO", requestId, message: "one two { a: 1 }" },
      { timestamp: expect.stringMatching(TIME), level: "ERROR", requestId, message: "bad" },
      { timestamp: expect.stringMatching(TIME), level: "WARN", requestId, message: { a: [1] } },
      { timestamp: expect.stringMatching(TIME), level: "DEBUG", requestId, message: "7n" },
      { timestamp: expect.stringMatching(TIME), level: "TRACE", requestId },
    ]);
    const durationMs = expect.any(Number);
    const functionArn = expect.stringContaining(":function:");
    expect(platform).toEqual([
      {
        time: expect.stringMatching(TIME),
        type: "platform.start",
        record: { requestId, functionArn, version: "$LATEST" },
      },
      {
        time: expect.stringMatching(TIME),
        type: "platform.runtimeDone",
        record: { requestId, status: "success", metrics: { durationMs, producedBytes: 4 } },
      },
      {
        time: expect.stringMatching(TIME),
        type: "platform.report",
        record: {
          requestId,
          metrics: {
            ...{ durationMs, billedDurationMs: expect.any(Number), memorySizeMB: 128 },
            ...{ maxMemoryUsedMB: expect.any(Number), initDurationMs: expect.any(Number) },
          },
          status: "success",
        },
      },
    ]);
    const started = lines.filter(({ requestId, message }) => requestId === "" && message.startsWith("{"));
    expect(started.map(({ message }) => JSON.parse(message).type)).toEqual([
      "platform.initStart",
      "platform.initReport",
    ]);
  });

  test("has the members of errors", async () => {
    const { application } = await logged(
      `console.error(Object.assign(new RangeError("far"), { code: 5 })); console.warn("because", new TypeError("t"));`,
    );
    expect(application).toMatchObject([
      { message: { errorType: "RangeError", errorMessage: "far", code: 5 } },
      {
        message: expect.stringMatching(/^because TypeError: t\n/),
        errorType: "TypeError",
        errorMessage: "t",
      },
    ]);
    expect(application[0].message.stackTrace[0]).toBe("RangeError: far");
    expect(application[1].stackTrace[0]).toBe("TypeError: t");
  });

  test.for([
    ["throw new RangeError('far')", { errorType: "RangeError", errorMessage: "far" }, "RangeError"],
    ["throw 'away'", { errorType: "string", errorMessage: "away" }, "string"],
  ] as const)("has what ended its invocation: %s", async ([body, message, errorType]) => {
    const { application, platform } = await logged(body);
    expect(application).toMatchObject([{ level: "ERROR", message }]);
    for (const { record } of platform.slice(1)) expect(record).toMatchObject({ status: "error", errorType });
  });

  test("says that it took too long", async () => {
    const requestId = "json-late";
    const jsonLogging = { applicationLevel: "FATAL", systemLevel: "WARN" } as const;
    const code = fixture.handler("await new Promise(() => setTimeout(() => {}, 60_000))", {
      ...{ jsonLogging, timeoutMs: 50 },
    });
    await fixture.invoke(code, {}, { requestId });
    const messages = lines.filter((line) => line.requestId === requestId).map(({ message }) => message);
    expect(messages[0]).toMatch(/ json-late Task timed out after 0\.05 seconds\n\n$/);
    expect(messages.slice(1).map((message) => JSON.parse(message))).toMatchObject([
      { type: "platform.runtimeDone", record: { status: "timeout" } },
      { type: "platform.report", record: { status: "timeout" } },
    ]);
  });

  test("names its tenant in every line", async () => {
    const { application, platform } = await logged("console.log(1)", {}, { tenantId: "blue" });
    expect(application).toMatchObject([{ tenantId: "blue", message: 1 }]);
    expect(platform.map(({ record }) => record.tenantId)).toEqual(["blue", "blue", "blue"]);
  });

  test("has what is written past the console as it is, by the level that it says", async () => {
    const requestId = "json-raw";
    const jsonLogging = { applicationLevel: "WARN", systemLevel: "WARN" } as const;
    const code = fixture.handler(
      `process.stdout.write('{"level":"warn","msg":"kept"}\\n{"level":"info"}\\nplain\\n');
       process.stderr.write("plain too\\n"); console.info("left out"); console.error("kept")`,
      { jsonLogging },
    );
    await fixture.invoke(code, {}, { requestId });
    const messages = lines.filter((line) => line.requestId === requestId).map(({ message }) => message);
    expect(messages[0]).toBe('{"level":"warn","msg":"kept"}\n');
    expect(messages.slice(1).map((message) => JSON.parse(message).message)).toEqual(["kept"]);
  });
});

test.for([
  ['{"level":"debug"}\nplain\n{"level":"fatal"}', '{"level":"fatal"}'],
  ["{not json\n", ""],
  ['{"level":"odd"}\n{"level":7}\n[]\n', ""],
  ["", ""],
])("of %j an ERROR log keeps %j", ([text, kept]) => {
  expect(keptText(text!, "ERROR")).toBe(kept);
  expect(keptText(text!, "TRACE")).toBe(text);
});
