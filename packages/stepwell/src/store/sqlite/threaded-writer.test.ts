import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { flushFailure } from "./failures.ts";
import { ThreadedWriter } from "./threaded-writer.ts";

it("a writer thread that ends in the middle of a commit leaves its outcome unknown, and no later commit waiting", async () => {
  const folder = mkdtempSync(join(tmpdir(), "stepwell-thread-"));
  const troubles: string[] = [];
  const writer = new ThreadedWriter(join(folder, "missing", "stepwell.db"), (reason) =>
    troubles.push(reason),
  );
  const [first] = await writer.flush([[]]);
  expect(first).toMatchObject({ kind: "unknown" });
  const [second, third] = await writer.flush([[], []]);
  expect(second).toMatchObject({ kind: "error", code: "StoreUnreachable" });
  expect(third).toEqual(second);
  expect(troubles.join()).toMatch(/the writer thread ended: unable to open database file/);
  await writer.close();
  rmSync(folder, { recursive: true });
});

it("a disk that fails while a commit is being made durable leaves its outcome unknown", () => {
  const fsyncFailed = Object.assign(new Error("disk I/O error"), { errcode: 1034 });
  expect(flushFailure(fsyncFailed, "stepwell.db", true)).toMatchObject({
    kind: "unknown",
    message: expect.stringMatching(/may or may not be there.*Check the disk/),
  });
  expect(flushFailure(fsyncFailed, "stepwell.db", false)).toMatchObject({
    kind: "error",
    code: "StoreUnreachable",
  });
});
