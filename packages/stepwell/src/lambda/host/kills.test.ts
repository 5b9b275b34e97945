import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HostFixture } from "./fixture.ts";
import type { FunctionCode, InvocationReport } from "./host.ts";

let fixture: HostFixture;
let code: FunctionCode;
beforeEach(() => {
  fixture = new HostFixture();
  code = fixture.handler("await new Promise((resolve) => setTimeout(resolve, event.ms)); return process.pid");
});
afterEach(() => fixture[Symbol.asyncDispose]());

/** Kills the process of an invocation while it runs. */
async function killed(more: { readonly attemptOf?: string }): Promise<InvocationReport> {
  const process_ = Number(await fixture.result(code, { ms: 0 }));
  let run: Promise<InvocationReport> | undefined;
  await new Promise<void>((resolve) => {
    run = fixture.invoke(code, { ms: 60_000 }, { ...more, onStart: resolve });
  });
  process.kill(process_, "SIGKILL");
  return run!;
}

const failed = {
  ok: false,
  kind: "runtime",
  error: { errorType: "Runtime.ExitError", errorMessage: expect.stringContaining("signal: killed") },
};
const lost = { ok: false, kind: "lost" };

describe("an invocation whose process is killed", () => {
  test("fails where a caller waits for the answer", async () => {
    expect((await killed({})).result).toMatchObject(failed);
  });

  test("is lost where it is tried again, and fails when that happens to it again", async () => {
    expect((await killed({ attemptOf: "one" })).result).toMatchObject(lost);
    expect((await killed({ attemptOf: "another" })).result).toMatchObject(lost);
    expect((await killed({ attemptOf: "one" })).result).toMatchObject(failed);
  });

  test("is lost each time when it was run through in between", async () => {
    for (let i = 0; i < 2; i++) {
      expect((await killed({ attemptOf: "one" })).result).toMatchObject(lost);
      expect((await fixture.invoke(code, { ms: 0 }, { attemptOf: "one" })).result).toMatchObject({
        ok: true,
      });
    }
  });
});
