import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFileSystemSerdes } from "./file-system-serdes.ts";
import { buildPreview, FieldMatchMode, PreviewMode } from "./preview.ts";

const context = {
  entityId: "2-1",
  durableExecutionArn: "arn:aws:lambda:eu-west-1:1:function:pay:3/durable-execution/order 7/inv-1",
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "serdes-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("File system serdes", () => {
  test("keep a value in a file that is named after its execution and operation", async () => {
    const serdes = createFileSystemSerdes(folder, { generatePreview: () => ({ a: "*" }) });
    const stored = JSON.parse((await serdes.serialize({ a: 1 }, context))!);
    expect(stored).toEqual({
      file: join(folder, "pay", "order 7", "inv-1", "2-1.json"),
      preview: { a: "*" },
    });
    expect(await readFile(stored.file, "utf8")).toBe('{"a":1}');
    expect(await serdes.deserialize(JSON.stringify(stored), context)).toEqual({ a: 1 });
  });

  test("can hash names, and do so with readable paths for ARNs of another form", async () => {
    const hashed = createFileSystemSerdes(folder, { pathEncoding: "HASH" });
    const { file } = JSON.parse((await hashed.serialize(1, context))!);
    expect(file.slice(folder.length)).toMatch(/^\/[0-9a-f]{64}\/[0-9a-f]{64}\.json$/);
    const other = await createFileSystemSerdes(folder).serialize(1, {
      ...context,
      durableExecutionArn: "arn/x",
    });
    expect(JSON.parse(other!).file).toBe(join(folder, "arn%2Fx", "2-1.json"));
  });

  test("can leave values inline that are small enough", async () => {
    const serdes = createFileSystemSerdes(folder, { storageMode: "OVERFLOW" });
    const small = await serdes.serialize(["s"], context);
    expect(small).toBe('{"data":"[\\"s\\"]"}');
    expect(await serdes.deserialize(small, context)).toEqual(["s"]);
    const large = await serdes.serialize("x".repeat(300_000), context);
    expect(large).toContain('"file"');
    expect(await serdes.deserialize(large, context)).toHaveLength(300_000);
    expect(await serdes.serialize(undefined, context)).toBeUndefined();
  });
});

describe("A preview", () => {
  const order = {
    id: 7,
    customer: { name: "Ann", email: "a@b.c" },
    items: [{ sku: "x", price: 1 }],
    "a.b": 1,
  };

  test("shows everything but what is excluded or masked", () => {
    const config = {
      mode: PreviewMode.INCLUDE_ALL,
      exclude: [{ name: "price" }],
      mask: [{ name: "customer.email", match: FieldMatchMode.PATH }],
    };
    expect(buildPreview(order, config)).toEqual({
      id: 7,
      customer: { name: "Ann", email: "***" },
      items: { sku: "x" },
    });
  });

  test("shows nothing but what is included", () => {
    expect(buildPreview(order, { mode: "EXCLUDE_ALL", include: [{ name: "customer" }] })).toEqual({
      customer: { name: "Ann", email: "a@b.c" },
    });
    expect(buildPreview(order, { mode: "EXCLUDE_ALL" })).toBeUndefined();
    expect(buildPreview("text", { mode: "INCLUDE_ALL" })).toBeUndefined();
  });

  test("stays within its size, and away from prototypes", () => {
    const long = { a: "x".repeat(50), b: "y".repeat(50) };
    expect(buildPreview(long, { mode: "INCLUDE_ALL", maxPreviewBytes: 80 })).toEqual({ a: long.a });
    const evil = JSON.parse('{"__proto__":{"polluted":1},"ok":1}');
    expect(buildPreview(evil, { mode: "INCLUDE_ALL" })).toEqual({ ok: 1 });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});
