import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { parseCrashPlan } from "./crash.ts";

test("a crash plan names a commit, or a commit among those that contain a statement", () => {
  expect(parseCrashPlan("after-commit:17")).toEqual({ when: "after-commit", commit: 17 });
  expect(parseCrashPlan("before-commit:journal.insert:4")).toEqual({
    when: "before-commit",
    statement: "journal.insert",
    commit: 4,
  });
});

test("a process that is to die instead of a commit goes on for a moment, in which nothing is stored", async () => {
  const run = promisify(execFile);
  const program = `
    import { crashingStore } from ${JSON.stringify(new URL("./crash.ts", import.meta.url).href)};
    const store = crashingStore({ commit: async () => [] }, { when: "instead-of-commit", commit: 2 });
    const tell = (what) => () => console.log(what);
    await store.commit([], { key: "a" }).then(tell("the first is stored"));
    store.commit([], { key: "a" }).then(tell("the second is stored"));
    store.commit([], { key: "b" }).then(tell("the third is stored"));
    setImmediate(() => console.log("it goes on"));
    setInterval(() => {}, 1000);`;
  const ended = run(process.execPath, ["--input-type=module", "--eval", program]);
  await expect(ended).rejects.toMatchObject({
    signal: "SIGKILL",
    stdout: "the first is stored\nit goes on\n",
  });
});

test.each(["", "after-commit", "after-commit:0", "during-commit:1", "after-commit:1x", "after-commit::1"])(
  "%j is no crash plan, and the error shows one",
  (text) => {
    expect(() => parseCrashPlan(text)).toThrow("it must look like after-commit:17");
  },
);
