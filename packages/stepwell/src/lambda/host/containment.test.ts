import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { HostFixture } from "./fixture.ts";
import type { FunctionCode, InvocationReport } from "./host.ts";

const fixture = new HostFixture({ longestLoadMs: 2000 });
afterAll(() => fixture[Symbol.asyncDispose]());

/** Code that fails when its event has `break`, and answers "fine" otherwise. */
function breaks(body: string, overrides: Partial<FunctionCode> = {}): FunctionCode {
  return fixture.handler(`if (!event.break) return "fine"; ${body}`, overrides);
}

/** Invokes so that it breaks, then again: the host and the function must go on. */
async function broken(code: FunctionCode): Promise<InvocationReport> {
  const report = await fixture.invoke(code, { break: true }, { requestId: "broken" });
  expect(await fixture.result(code)).toBe("fine");
  return report;
}

describe("whatever a handler throws is reported as AWS does, and the next invocation works", () => {
  const unreadable =
    "callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack";
  test.each([
    ["an Error", `throw new Error("boom")`, "Error", "boom"],
    [
      "an error of its own class",
      `class OutOfStock extends Error { name = "OutOfStock" }; throw new OutOfStock("no more")`,
      "OutOfStock",
      "no more",
    ],
    ["a string", `throw "words"`, "string", "words"],
    ["undefined", `throw undefined`, "undefined", "undefined"],
    ["null", `throw null`, "object", "null"],
    ["a plain object", `throw { code: 5 }`, "object", "[object Object]"],
    ["a circular error", `const e = new Error("round"); e.self = e; throw e`, "Error", "round"],
    [
      "an error whose getters throw",
      `throw Object.defineProperty(new Error("x"), "message", { get() { throw 1 } })`,
      "handled",
      unreadable,
    ],
    [
      "a proxy that throws at everything",
      `throw new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 1 } })`,
      "handled",
      unreadable,
    ],
    ["an object without a prototype", `throw Object.create(null)`, "handled", unreadable],
  ])("%s", async (_title, body, errorType, errorMessage) => {
    const { result } = await broken(breaks(body));
    expect(result).toMatchObject({ ok: false, kind: "handler", error: { errorType, errorMessage } });
  });

  test("with its stack as the trace, and a line in the log", async () => {
    const { result, logTail } = await broken(breaks(`throw new RangeError("too far")`));
    expect(result).toMatchObject({
      error: {
        trace: expect.arrayContaining(["RangeError: too far", expect.stringMatching(/^ {4}at handler/)]),
      },
    });
    expect(logTail).toMatch(
      /\tbroken\tERROR\tInvoke Error \t\{"errorType":"RangeError","errorMessage":"too far",/,
    );
  });
});

describe("a response that cannot be delivered", () => {
  test.each([
    ["a BigInt", "return { n: 1n }"],
    ["a cycle", "const a = {}; a.a = a; return a"],
    ["a toJSON that throws", "return { toJSON() { throw new Error() } }"],
  ])("is refused: %s", async (_title, body) => {
    expect((await broken(breaks(body))).result).toEqual({
      ok: false,
      kind: "runtime",
      error: {
        errorType: "Runtime.JSONStringifyError",
        errorMessage: "Unable to stringify response body",
        trace: expect.any(Array),
      },
    });
  });

  test("is refused above 6 MB, and passes just below", async () => {
    const code = breaks(`return "x".repeat(event.bytes - 2)`);
    const response = async (bytes: number) => (await fixture.invoke(code, { break: true, bytes })).result;
    expect(await response(6_291_557)).toEqual({
      ok: false,
      kind: "runtime",
      error: {
        errorType: "Function.ResponseSizeTooLarge",
        errorMessage: "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
      },
    });
    expect(await response(6_291_556)).toMatchObject({ ok: true });
    expect(await fixture.result(code)).toBe("fine");
  });

  test("is refused above 6 MB when it is an error", async () => {
    expect((await broken(breaks(`throw new Error("x".repeat(7_000_000))`))).result).toMatchObject({
      error: { errorType: "Function.ResponseSizeTooLarge" },
    });
  });
});

describe("code that does not come back", () => {
  const timedOut = {
    ok: false,
    kind: "runtime",
    error: {
      errorType: "Sandbox.Timedout",
      errorMessage: "RequestId: broken Error: Task timed out after 1.00 seconds",
    },
  };

  test.each([
    ["waits for ever", "await new Promise((resolve) => setTimeout(resolve, 1e8))"],
    ["computes for ever", "while (true);"],
    ["blocks its thread in Atomics.wait", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)"],
  ])("times out when it %s", async (_title, body) => {
    const { result, logTail } = await broken(breaks(body, { timeoutMs: 1000 }));
    expect(result).toEqual(timedOut);
    expect(logTail).toMatch(/Z broken Task timed out after 1.00 seconds\n\nEND RequestId: broken\n/);
    expect(logTail).toMatch(/\tStatus: timeout\t\n$/);
  });

  test("times out when it blocks in a system call, and the process that cannot end its thread is replaced", async () => {
    const code = fixture.handler(
      `if (!event.break) return process.pid;
       const { execFileSync } = await import("node:child_process");
       execFileSync("sleep", ["30"]);`,
      { timeoutMs: 1000 },
    );
    const before = await fixture.result(code);
    expect((await fixture.invoke(code, { break: true })).result).toMatchObject({
      error: { errorType: "Sandbox.Timedout" },
    });
    await until(() => !alive(before as number));
    expect(await fixture.result(code)).not.toBe(before);
  });

  test("times out alone where its instance runs other invocations too", async () => {
    const code = fixture.handler(
      `await new Promise((resolve) => setTimeout(resolve, event.ms)); return process.pid`,
      {
        timeoutMs: 3000,
        concurrency: 2,
      },
    );
    await fixture.result(code, { ms: 0 });
    const stuck = fixture.invoke(code, { ms: 60_000 });
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const neighbour = fixture.invoke(code, { ms: 1200 });
    expect((await stuck).result).toMatchObject({ error: { errorType: "Sandbox.Timedout" } });
    expect((await neighbour).result).toMatchObject({ ok: true });
    expect(await fixture.result(code, { ms: 0 })).toEqual(expect.any(Number));
  });

  test("is told so when nothing is left that could settle its promise", async () => {
    expect((await broken(breaks("await new Promise(() => {})"))).result).toMatchObject({
      ok: false,
      kind: "runtime",
      error: {
        errorType: "Runtime.NodeJsExit",
        errorMessage: expect.stringContaining("a Promise that was never settled"),
      },
    });
  });
});

describe("code that ends its process", () => {
  const exits = (errorMessage: string) => ({
    ok: false,
    kind: "runtime",
    error: { errorType: "Runtime.ExitError", errorMessage: `RequestId: broken Error: ${errorMessage}` },
  });

  test.each([
    ["process.exit(0)", "process.exit(0)", "Runtime exited without providing a reason"],
    ["process.exit(1)", "process.exit(1)", "Runtime exited with error: exit status 1"],
    [
      "process.exit(7) later",
      "setTimeout(() => process.exit(7), 5); await new Promise((r) => setTimeout(r, 5000))",
      "Runtime exited with error: exit status 7",
    ],
    ["SIGKILL", `process.kill(process.pid, "SIGKILL")`, "Runtime exited with error: signal: killed"],
    [
      "a native crash",
      `process.kill(process.pid, "SIGSEGV"); await new Promise((r) => setTimeout(r, 5000))`,
      "Runtime exited with error: signal: segmentation fault",
    ],
  ])("%s", async (_title, body, message) => {
    const { result, logTail } = await broken(breaks(body));
    expect(result).toEqual(exits(message));
    expect(logTail).toContain(`RequestId: broken Error: ${message}\nRuntime.ExitError\n`);
    expect(logTail).toContain("\tStatus: error\tError Type: Runtime.ExitError\t\n");
  });

  test("a crash of the process fails all that runs in it", async () => {
    const waits = fixture.handler("await new Promise((resolve) => setTimeout(resolve, 5000))");
    const crashes = breaks(`process.kill(process.pid, "SIGKILL")`);
    await fixture.result(crashes);
    let neighbour: Promise<InvocationReport> | undefined;
    await new Promise<void>((resolve) => {
      neighbour = fixture.invoke(waits, {}, { onStart: resolve });
    });
    await broken(crashes);
    expect((await neighbour)?.result).toMatchObject({ error: { errorType: "Runtime.ExitError" } });
  });
});

describe("errors that nobody catches", () => {
  test("an unhandled rejection ends the instance as AWS's runtime does", async () => {
    const { result, logTail } = await broken(
      breaks(
        `Promise.reject(new Error("nobody")); await new Promise((resolve) => setTimeout(resolve, 5000))`,
      ),
    );
    expect(result).toMatchObject({
      ok: false,
      kind: "runtime",
      error: {
        errorType: "Runtime.UnhandledPromiseRejection",
        errorMessage: "Error: nobody",
        trace: expect.any(Array),
      },
    });
    expect(logTail).toMatch(
      /\tbroken\tERROR\tUnhandled Promise Rejection \t\{"errorType":"Runtime.UnhandledPromiseRejection"/,
    );
  });

  test("an uncaught exception too", async () => {
    const { result } = await broken(
      breaks(
        `setTimeout(() => { throw new TypeError("later") }); await new Promise((resolve) => setTimeout(resolve, 5000))`,
      ),
    );
    expect(result).toMatchObject({
      ok: false,
      kind: "runtime",
      error: { errorType: "TypeError", errorMessage: "later" },
    });
  });

  test.each([
    ["an error", `throw new Error("afterwards")`],
    ["an exit", "process.exit(1)"],
  ])("%s that comes after the response fails no invocation", async (_title, body) => {
    const code = breaks(`setTimeout(() => { ${body} }, event.break); return "answered"`);
    for (let i = 1; i <= 10; i++) {
      expect(await fixture.result(code, { break: i })).toBe("answered");
      const until = performance.now() + i + 2;
      while (performance.now() < until) expect(await fixture.result(code)).toBe("fine");
    }
  });
});

describe("code that cannot be loaded", () => {
  const load = async (file: string, text: string, overrides: Partial<FunctionCode> = {}) =>
    (await fixture.invoke(fixture.write(file, text, overrides), {}, { requestId: "broken" })).result;
  const error = (errorType: string, errorMessage: unknown) => ({
    ok: false,
    kind: "runtime",
    error: { errorType, errorMessage },
  });

  test("a missing file", async () => {
    expect(await load("other.mjs", "", { handler: "nowhere.handler" })).toMatchObject(
      error("Runtime.ImportModuleError", expect.stringMatching(/^Error: Cannot find module 'nowhere'/)),
    );
  });

  test("a module that CommonJS code does not find", async () => {
    expect(await load("requires.cjs", `require("not-there")`)).toMatchObject(
      error(
        "Runtime.ImportModuleError",
        expect.stringMatching(/^Error: Cannot find module 'not-there'\nRequire stack:\n- .*requires.cjs/),
      ),
    );
  });

  test("a module that an ES module does not find", async () => {
    expect(await load("imports.mjs", `import "not-there"`)).toMatchObject(
      error("Error", expect.stringMatching(/^Cannot find package 'not-there' imported from .*imports.mjs/)),
    );
  });

  test("an export that is not there, or no function", async () => {
    expect(await load("empty.mjs", "export const other = 1")).toMatchObject(
      error("Runtime.HandlerNotFound", "empty.handler is undefined or not exported"),
    );
    expect(await load("number.mjs", "export const handler = 1")).toMatchObject(
      error("Runtime.HandlerNotFound", "number.handler is not a function"),
    );
  });

  test("a syntax error", async () => {
    expect(await load("syntax.mjs", "export const handler = async () => {")).toMatchObject(
      error("Runtime.UserCodeSyntaxError", expect.stringMatching(/^SyntaxError: /)),
    );
  });

  test("a malformed handler name", async () => {
    expect(await load("x.mjs", "", { handler: "index" })).toMatchObject(
      error("Runtime.MalformedHandlerName", "Bad handler"),
    );
    expect(await load("y.mjs", "", { handler: "../y.handler" })).toMatchObject(
      error(
        "Runtime.MalformedHandlerName",
        "'../y.handler' is not a valid handler name. Use absolute paths when specifying root directories in handler names.",
      ),
    );
  });

  test("an error while it loads, an exit, and a load that never ends", async () => {
    expect(await load("throws.mjs", `throw new RangeError("at load")`)).toMatchObject(
      error("RangeError", "at load"),
    );
    expect(await load("exits.mjs", `process.exit(3)`)).toMatchObject(
      error("Runtime.ExitError", "RequestId: broken Error: Runtime exited with error: exit status 3"),
    );
    expect(await load("hangs.mjs", "await new Promise(() => {})", { timeoutMs: 100 })).toEqual(
      error("Sandbox.Timedout", "RequestId: broken Error: Task timed out after 0.10 seconds"),
    );
    expect(await load("computes.mjs", "while (true);", { timeoutMs: 100 })).toMatchObject({
      error: { errorType: "Sandbox.Timedout" },
    });
  });

  test("a folder that is not there", async () => {
    const folder = join(fixture.folder, "nowhere");
    expect(await load("elsewhere.mjs", "", { folder })).toEqual(
      error("Runtime.InvalidWorkingDir", `Error: chdir ${folder}: no such file or directory`),
    );
  });
});

describe("code that takes too much memory", () => {
  test("on the heap ends alone", async () => {
    const { result } = await broken(
      breaks(`const all = []; while (true) all.push({ text: "x" + all.length, more: [all.length] })`, {
        timeoutMs: 60_000,
      }),
    );
    expect(result).toMatchObject({
      ok: false,
      kind: "runtime",
      error: { errorType: expect.stringMatching(/^Runtime\.(OutOfMemory|ExitError)$/) },
    });
  });

  test("in Buffers, which V8's limits do not see, is ended", async () => {
    const allocates = `const all = []; while (all.length < 3000) { all.push(Buffer.alloc(1024 * 1024, 1)); await new Promise((r) => setTimeout(r, 1)); }`;
    const neighbour = fixture.handler("await new Promise((resolve) => setTimeout(resolve, 1500)); return 1");
    await fixture.result(neighbour);
    const running = fixture.result(neighbour);
    const { result } = await broken(breaks(allocates, { timeoutMs: 60_000 }));
    expect(result).toEqual({
      ok: false,
      kind: "runtime",
      error: {
        errorType: "Runtime.OutOfMemory",
        errorMessage: "RequestId: broken Error: Runtime exited with error: signal: killed",
      },
    });
    expect(await running).toBe(1);
  });

  test("in Buffers without ever yielding is ended too", async () => {
    const allocates = `const all = []; while (all.length < 3000) all.push(Buffer.alloc(1024 * 1024, 1));`;
    const { result } = await broken(breaks(allocates, { timeoutMs: 60_000 }));
    expect(result).toMatchObject({
      ok: false,
      kind: "runtime",
      error: { errorMessage: expect.stringContaining("signal: killed") },
    });
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
