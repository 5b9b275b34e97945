import { lstat, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { VirtualClock } from "../../kernel/clock.ts";
import { SeededIds } from "../../kernel/ids.ts";
import { makeZip, SYMLINK, type ZipEntry } from "../fixtures/zip.ts";
import { CodeCache } from "./code-cache.ts";

const COULD_NOT = "Could not unzip uploaded file. Please check your file, then try to upload again.";

let root: string;
let cache: CodeCache;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "stepwell-code-"));
  cache = new CodeCache(join(root, "code"), new SeededIds(1, new VirtualClock()));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function left(): Promise<string[]> {
  return (await readdir(root, { recursive: true })).filter((path) => path !== "code");
}

describe("a deployment package", () => {
  test("is unpacked with its folders, its executables and its links", async () => {
    const zip = makeZip([
      { name: "bin/", mode: 0o040755 },
      { name: "bin/tool", content: "#!/bin/sh\n", mode: 0o100755 },
      { name: "./index.mjs", content: "export const handler = () => 1;" },
      { name: "node_modules/a/b/c.js", content: "x".repeat(100_000) },
      { name: "node_modules/.bin/c", content: "../a/b/c.js", mode: SYMLINK },
      { name: "stored.txt", content: "as it is", stored: true },
      { name: "from-dos.txt", content: "no mode", mode: 0, madeByDos: true },
      { name: "größe.txt", content: "ü" },
    ]);
    const { folder, sha256 } = await cache.add(zip);
    expect(folder).toBe(join(root, "code", sha256));
    expect((await stat(join(folder, "bin/tool"))).mode & 0o777).toBe(0o755);
    expect((await stat(join(folder, "index.mjs"))).mode & 0o777).toBe(0o644);
    expect((await lstat(join(folder, "node_modules/.bin/c"))).isSymbolicLink()).toBe(true);
    expect(await readFile(join(folder, "node_modules/.bin/c"), "utf8")).toHaveLength(100_000);
    expect(await readFile(join(folder, "stored.txt"), "utf8")).toBe("as it is");
    expect(await readFile(join(folder, "from-dos.txt"), "utf8")).toBe("no mode");
    expect(await readFile(join(folder, "größe.txt"), "utf8")).toBe("ü");
  });

  test("is unpacked once for everyone who uploads it at the same time", async () => {
    const zip = makeZip([{ name: "index.js", content: "1" }]);
    const [one, two] = await Promise.all([cache.add(zip), cache.add(Buffer.from(zip))]);
    expect(one).toEqual(two);
    expect(await readdir(join(root, "code"))).toEqual([one.sha256]);
  });

  test("that another process unpacked first is used as it is", async () => {
    const zip = makeZip([{ name: "index.js", content: "1" }]);
    const other = new CodeCache(join(root, "code"), new SeededIds(2, new VirtualClock()));
    const [one, two] = await Promise.all([cache.add(zip), other.add(zip)]);
    expect(one.folder).toBe(two.folder);
    expect(await readdir(join(root, "code"))).toEqual([one.sha256]);
  });

  test("that was refused can be sent again when it is mended", async () => {
    await expect(cache.add(Buffer.from("no zip"))).rejects.toThrow(COULD_NOT);
    await expect(cache.add(Buffer.from("no zip"))).rejects.toThrow(COULD_NOT);
    const { folder } = await cache.add(makeZip([{ name: "a.js" }]));
    expect(await readdir(folder)).toEqual(["a.js"]);
  });
});

const file = (name: string, more: Partial<ZipEntry> = {}): ZipEntry => ({ name, content: "x", ...more });
const link = (name: string, target: string): ZipEntry => ({ name, content: target, mode: SYMLINK });
const because = (reason: string) => `${COULD_NOT} (${reason})`;
const clash = because("Two of its names stand in each other's way.");
const outside = (name: string) =>
  because(`The symbolic link "${name}" leads outside of the package, or nowhere.`);

describe("a package that is refused leaves nothing behind:", () => {
  const whole = makeZip([file("index.js", { content: "export const handler = 1;".repeat(100) })]);
  const refused: [string, Uint8Array | readonly ZipEntry[], string][] = [
    ["bytes that are no zip", Buffer.from("PK but not really"), COULD_NOT],
    ["no bytes at all", Buffer.alloc(0), COULD_NOT],
    ["a zip that was cut off", whole.subarray(0, whole.length - 40), COULD_NOT],
    ["a zip without entries", [], "Uploaded file must be a non-empty zip"],
    ["an absolute path", [file("/etc/x")], because("absolute path: /etc/x.")],
    ["a path that leads out", [file("a/../../x")], because("invalid relative path: a/../../x.")],
    ["a drive letter", [file("C:/x")], because("absolute path: C:/x.")],
    ["backslashes", [file("a\\x")], because("invalid characters in fileName: a\\x.")],
    ["a name that is no name", [file(".")], because('"." is no file name.')],
    ["a NUL in a name", [file("a\0b")], because("An entry's name contains a NUL.")],
    ["an encrypted entry", [file("x", { encrypted: true })], because('"x" is encrypted.')],
    ["one name twice", [file("a/x"), file("a//x")], because('"a/x" is in it twice.')],
    ["a file where a folder is", [file("a"), file("a/x")], clash],
    [
      "a name longer than a disk takes",
      [file("n".repeat(300))],
      because("One of its names is not possible on this machine's disk."),
    ],
    [
      "a device",
      [file("tty", { mode: 0o020644 })],
      because('"tty" is neither a file, a folder nor a symbolic link.'),
    ],
    ["a link to an absolute path", [link("l", "/etc/passwd")], outside("l")],
    ["a link that leads out", [link("l", "../../x")], outside("l")],
    ["a link to nowhere", [link("l", "missing")], outside("l")],
    [
      "a link out through a link",
      [file("a/b/f"), link("a/b/up", "../.."), link("m", "a/b/up/../x")],
      outside("m"),
    ],
    ["a file written through a link", [link("d", "."), file("d/x")], clash],
    [
      "a wrong checksum",
      [file("x", { declaredCrc: 1 })],
      because('"x" is damaged: its checksum does not fit.'),
    ],
    ["more bytes than declared", [file("x", { content: "x".repeat(9e6), declaredBytes: 10 })], COULD_NOT],
    ["fewer bytes than declared", [file("x", { declaredBytes: 10 })], COULD_NOT],
    [
      "more than 250 MB unpacked",
      [file("a", { declaredBytes: 200_000_000 }), file("b", { declaredBytes: 62_144_000 })],
      "Unzipped size must be smaller than 262144000 bytes",
    ],
  ];
  test.each(refused)("%s", async (_title, zip, message) => {
    const bytes = zip instanceof Uint8Array ? zip : makeZip(zip);
    const error = await cache.add(bytes).catch((thrown) => thrown);
    expect({ code: error.code, message: error.message }).toEqual({
      code: "InvalidParameterValueException",
      message,
    });
    expect(await left()).toEqual([]);
  });

  test("a zip bomb, which is stopped while it inflates", async () => {
    const bomb = makeZip([file("bomb", { content: Buffer.alloc(100_000_000), declaredBytes: 1_000 })]);
    const before = process.memoryUsage().rss;
    await expect(cache.add(bomb)).rejects.toThrow(COULD_NOT);
    expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000);
    expect(await left()).toEqual([]);
  });
});
