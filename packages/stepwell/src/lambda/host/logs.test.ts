import { afterAll, describe, expect, test } from "vitest";
import { HostFixture } from "./fixture.ts";
import type { LogLine } from "./host.ts";

const lines: LogLine[] = [];
const fixture = new HostFixture({ log: (more) => lines.push(...more) });
afterAll(() => fixture[Symbol.asyncDispose]());

const messagesOf = (requestId: string) =>
  lines.filter((line) => line.requestId === requestId).map((line) => line.message);
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe("an invocation's log", () => {
  test("has AWS's lines around what the handler wrote", async () => {
    const code = fixture.handler(
      `console.log("first %s", "line", { a: 1 }); console.error("second"); console.warn("w"); console.debug("d")`,
    );
    const { logTail } = await fixture.invoke(code, {}, { requestId: "lines" });
    const messages = messagesOf("lines");
    expect(messages.join("")).toBe(logTail);
    expect(messages[0]).toBe("START RequestId: lines Version: $LATEST\n");
    const fields = messages.slice(1, 5).map((message) => message.split("\t"));
    for (const [time] of fields) expect(time).toMatch(TIME);
    expect(fields.map(([, ...rest]) => rest)).toEqual([
      ["lines", "INFO", "first line { a: 1 }\n"],
      ["lines", "ERROR", "second\n"],
      ["lines", "WARN", "w\n"],
      ["lines", "DEBUG", "d\n"],
    ]);
    expect(messages[5]).toBe("END RequestId: lines\n");
    expect(messages[6]).toMatch(
      /^REPORT RequestId: lines\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: \d+ MB\tInit Duration: \d+\.\d\d ms\t\n$/,
    );
    expect(messages).toHaveLength(7);
    expect(lines.find((line) => line.requestId === "lines")).toMatchObject({
      functionArn: code.functionArn,
      logGroup: code.logGroup,
      logStream: expect.stringContaining("[$LATEST]"),
      atMs: expect.any(Number),
    });
    expect((await fixture.invoke(code)).logTail).not.toContain("Init Duration");
  });

  test("has what is written to the standard streams as it is", async () => {
    const code = fixture.handler(
      `process.stdout.write("raw "); process.stderr.write(Buffer.from("bytes\\n")); console.table([{ a: 1 }])`,
    );
    await fixture.invoke(code, {}, { requestId: "raw" });
    expect(messagesOf("raw").slice(1, 3)).toEqual(["raw ", "bytes\n"]);
    expect(messagesOf("raw").join("")).toContain("┌");
  });

  test("has what is written to the file descriptors past the streams", async () => {
    const code = fixture.handler(
      `fs.writeSync(1, "to descriptor 1\\n"); fs.writeSync(2, "to descriptor 2\\n"); await new Promise((resolve) => setTimeout(resolve, 200))`,
    );
    await fixture.invoke(code, {}, { requestId: "descriptors" });
    expect(messagesOf("descriptors").join("")).toContain("to descriptor 1\n");
    expect(messagesOf("descriptors").join("")).toContain("to descriptor 2\n");
  });

  test("has only its own lines when an instance runs several invocations", async () => {
    const code = fixture.handler(
      `for (let i = 0; i < 5; i++) { await new Promise((resolve) => setTimeout(resolve, 3)); console.log(event.name); }`,
      { concurrency: 4 },
    );
    const names = ["a", "b", "c", "d"];
    await Promise.all(names.map((name) => fixture.invoke(code, { name }, { requestId: `together-${name}` })));
    for (const name of names) {
      const written = messagesOf(`together-${name}`).filter((message) => message.includes("\tINFO\t"));
      expect(written.map((message) => message.split("\t").at(-1))).toEqual(Array(5).fill(`${name}\n`));
    }
  });

  test("has the lines written before its thread blocked for ever", async () => {
    const code = fixture.handler(`console.log("one"); console.log("two"); while (true);`, { timeoutMs: 300 });
    const { logTail } = await fixture.invoke(code);
    expect(logTail).toContain("\tone\n");
    expect(logTail).toContain("\ttwo\n");
  });

  test("has the lines written before its process was killed", async () => {
    const code = fixture.handler(`console.log("last words"); process.kill(process.pid, "SIGKILL")`);
    expect((await fixture.invoke(code)).logTail).toContain("last words\n");
  });

  test("has the request id on lines of what was left running", async () => {
    const code = fixture.handler(
      `if (event.start) setTimeout(() => console.log("afterwards"), 20); else await new Promise((resolve) => setTimeout(resolve, 60))`,
    );
    await fixture.invoke(code, { start: true }, { requestId: "left" });
    await fixture.invoke(code, {}, { requestId: "next" });
    expect(messagesOf("left").at(-1)).toMatch(/\tleft\tINFO\tafterwards\n$/);
  });

  test("obeys the function's log level", async () => {
    const code = fixture.handler(`console.debug("no"); console.info("no"); console.warn("yes")`, {
      environment: { AWS_LAMBDA_LOG_LEVEL: "WARN" },
    });
    await fixture.invoke(code, {}, { requestId: "level" });
    const levels = messagesOf("level").map((message) => /\t(DEBUG|INFO|WARN)\t/.exec(message)?.[1]);
    expect(levels.filter((level) => level !== undefined)).toEqual(["WARN"]);
  });

  test("shows what a module wrote while it was loaded", async () => {
    const code = fixture.write(
      "greets.mjs",
      `console.log("loading"); export const handler = async () => {};`,
    );
    await fixture.invoke(code);
    expect(
      lines.some((line) => line.requestId === "" && line.message.endsWith("\tundefined\tINFO\tloading\n")),
    ).toBe(true);
  });
});

describe("a flood of output", () => {
  const kept = (requestId: string) => messagesOf(requestId).join("").length;

  test.each([
    ["the console", `for (let i = 0; i < 100_000; i++) console.log(line)`],
    ["the streams", `for (let i = 0; i < 100_000; i++) process.stdout.write(line)`],
    [
      "the file descriptor",
      `for (let i = 0; i < 10_000; i++) fs.writeSync(1, line + "\\n"); await new Promise((resolve) => setTimeout(resolve, 500))`,
    ],
  ])("of 100 MB through %s keeps 1 MiB and says how much was dropped", async (title, body) => {
    const code = fixture.handler(
      `const line = "x".repeat(1024); ${body}; return process.memoryUsage.rss() / 1048576`,
      { timeoutMs: 60_000 },
    );
    const before = process.memoryUsage.rss();
    const { result, logTail } = await fixture.invoke(code, {}, { requestId: title });
    expect(result).toMatchObject({ ok: true });
    if (result.ok) expect(Number(result.payload)).toBeLessThan(250);
    expect((process.memoryUsage.rss() - before) / 1048576).toBeLessThan(100);
    expect(kept(title)).toBeGreaterThan(1_000_000);
    expect(kept(title)).toBeLessThan(1024 * 1024 + 2000);
    const dropped = Number(/(\d+) bytes of this log were dropped/.exec(logTail)?.[1]);
    expect(dropped).toBeGreaterThan(8_000_000);
    expect(logTail.length).toBeLessThanOrEqual(4096);
  });
});
