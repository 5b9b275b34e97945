import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const repository = fileURLToPath(new URL("../../../../../", import.meta.url));
const declarations = join(repository, "node_modules/@aws/durable-execution-sdk-js/dist-types");
const sources = join(repository, "packages/durable/src");
const read = (...path: string[]) => readFile(join(...path), "utf8");

const [shared, alone] = (await read(repository, "docs/parity.md")).split("## Ours alone\n");

/** The cells of each row. */
const rowsOf = (text: string) =>
  text
    .split("\n")
    .filter((line) => line.startsWith("| ") && !/^\| (AWS's SDK|`@stepwell\/durable`|---)/.test(line))
    .map((line) => line.slice(2, -2).split(" | "));
const rows = rowsOf(shared!);
const ownRows = rowsOf(alone!);
const namesIn = (cells: readonly (string | undefined)[]) =>
  cells.flatMap((text) => [...text!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));

/** What is in the table, without backquotes: exports as `Name`, options as `Config.option`. */
const listed = new Set(namesIn(rows.map(([names]) => names)));

/** The names that AWS's SDK exports, types included. */
async function exportsOfAws(): Promise<string[]> {
  const index = await read(declarations, "index.d.ts");
  const names = [...index.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, list]) => list!.split(","));
  return ["withDurableExecution", ...names.map((name) => name.trim()).filter(Boolean)];
}

/** The members of every interface of options, as `Config.option`; those that must not be given aside. */
async function optionsOfAws(): Promise<string[]> {
  const files = await readdir(declarations, { recursive: true });
  const options = files
    .filter((file) => file.endsWith(".d.ts") && !file.includes(".test."))
    .map(async (file) => {
      const found = (await read(declarations, file)).matchAll(
        /interface (\w+(?:Config|ErrorOptions))\b[^{]*\{\n(.*?)\n\}/gs,
      );
      return [...found].flatMap(([, name, body]) =>
        [...body!.matchAll(/^ {4}(\w+)\??: (?!never)/gm)].map(([, option]) => `${name}.${option}`),
      );
    });
  return (await Promise.all(options)).flat();
}

/** What `@stepwell/durable` exports, types included. */
async function ownExports(): Promise<Set<string>> {
  const index = await read(sources, "index.ts");
  const named = [...index.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, list]) => list!.split(","));
  const files = [...index.matchAll(/export (?:type )?\* from "\.\/(.+?)"/g)].map(([, file]) => file!);
  const texts = await Promise.all(files.map((file) => read(sources, file)));
  const declared = texts.flatMap((text) =>
    [...text.matchAll(/^export (?:interface|type|const|class|function) (\w+)/gm)].map(([, name]) => name!),
  );
  return new Set([...named.map((name) => name.replace(/^\s*type /, "").trim()).filter(Boolean), ...declared]);
}

describe("docs/parity.md", () => {
  test("has every export of AWS's SDK, alone or by its options", async () => {
    const names = await exportsOfAws();
    expect(names.length).toBeGreaterThan(120);
    const withOptions = new Set([...listed].map((name) => name.split(".")[0]));
    expect(names.filter((name) => !withOptions.has(name))).toEqual([]);
  });

  test("has every option of AWS's SDK", async () => {
    const options = await optionsOfAws();
    expect(options.length).toBeGreaterThan(70);
    expect(options.filter((option) => !listed.has(option))).toEqual([]);
  });

  test("has nothing that is in neither", async () => {
    const known = new Set([...(await exportsOfAws()), ...(await optionsOfAws())]);
    const typos = [...listed].filter((name) => /^[A-Z]\w+\.|^[A-Z]\w+[a-z]$/.test(name) && !known.has(name));
    expect(typos).toEqual([]);
  });

  test("links tests that exist, or says that there are none", async () => {
    for (const [names, , , tests] of [...rows, ...ownRows]) {
      if (tests === "no") continue;
      const links = [...tests!.matchAll(/\[(.+?)\]\((.+?)\)/g)];
      expect(links.length, names).toBeGreaterThan(0);
      for (const [, title, file] of links) {
        const text = await read(repository, "docs", file!);
        expect([`${file} has ${title}`, text.includes(title!)]).toEqual([`${file} has ${title}`, true]);
      }
    }
  });
});

test("docs/parity.md has everything that @stepwell/durable exports alone", async () => {
  const names = new Set(namesIn(ownRows.map(([name]) => name)).map((name) => name.split(".")[0]));
  const theirs = new Set(await exportsOfAws());
  expect([...(await ownExports())].filter((name) => !theirs.has(name) && !names.has(name))).toEqual([]);
});

test("@stepwell/durable exports every name that AWS's SDK does, types included", async () => {
  const own = await ownExports();
  expect((await exportsOfAws()).filter((name) => !own.has(name))).toEqual([]);
});
