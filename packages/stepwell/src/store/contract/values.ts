import { describe, expect, it } from "vitest";
import { StoreError } from "../errors.ts";
import type { Param } from "../store.ts";
import { change, rejection, type Suite } from "./suite.ts";
import { addEntry, addItem, addKind, bumpItem, computed, itemsOf, kindsOf, oneItem } from "./tables.ts";

/** What may be bound, and how it comes back. */
export function describeValues(suite: Suite): void {
  describe("values", () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const values: [column: "t" | "i" | "d" | "b", given: Param, back: Param][] = [
      ["t", null, null],
      ["t", "", ""],
      ["t", 'it\'s "quoted" \\ {a,b} NULL $1 ?', 'it\'s "quoted" \\ {a,b} NULL $1 ?'],
      ["t", "zwölf 日本 🎉 \u0001\u007f\uffff", "zwölf 日本 🎉 \u0001\u007f\uffff"],
      ["t", "half a pair: \ud83c.", "half a pair: \ufffd."],
      ["t", "x".repeat(300_000), "x".repeat(300_000)],
      ["t", "123", "123"],
      ["i", null, null],
      ["i", 0, 0],
      ["i", -1, -1],
      ["i", -0, 0],
      ["i", Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
      ["i", Number.MIN_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
      ["i", 5n, 5],
      ["i", 2n ** 53n, 2n ** 53n],
      ["i", 2n ** 63n - 1n, 2n ** 63n - 1n],
      ["i", -(2n ** 63n), -(2n ** 63n)],
      ["i", 2 ** 60, 2n ** 60n],
      ["d", null, null],
      ["d", 0.1, 0.1],
      ["d", 3, 3],
      ["d", -2.5e-10, -2.5e-10],
      ["d", Number.MAX_VALUE, Number.MAX_VALUE],
      ["d", Number.MIN_VALUE, Number.MIN_VALUE],
      ["d", 2 ** 70, 2 ** 70],
      ["b", null, null],
      ["b", new Uint8Array(0), new Uint8Array(0)],
      ["b", bytes, bytes],
      ["b", bytes.subarray(7, 9), Uint8Array.of(7, 8)],
      ["b", Buffer.from("buffer"), new Uint8Array(Buffer.from("buffer"))],
    ];

    it.each(values.map(([column, given, back], n) => [n, column, given, back] as const))(
      "come back as they went in: %i, column %s",
      async (_n, column, given, back) => {
        const [alone, merged, beside] = [suite.fresh(), suite.fresh(), suite.fresh()];
        const params = (id: string) => [
          id,
          ...(["t", "i", "d", "b"] as const).map((c) => (c === column ? given : null)),
        ];
        await suite.commit(alone, change(addKind, params(alone), 1));
        await Promise.all([
          suite.commit(merged, change(addKind, params(merged), 1)),
          suite.commit(merged, change(addKind, params(beside), 1)),
        ]);
        for (const id of [alone, merged, beside]) {
          const [row] = await suite.store.read(kindsOf, [id]);
          expect(row![column]).toStrictEqual(back);
          expect(Object.getPrototypeOf(row![column] ?? "")).toBe(Object.getPrototypeOf(back ?? ""));
        }
      },
    );

    it("that are computed are numbers where they can be", async () => {
      const id = suite.fresh();
      await suite.commit(id, change(addEntry, [id, 2 ** 40]), change(addEntry, [id, 3]));
      expect(await suite.store.read(computed, [id])).toEqual([
        {
          count: 2,
          sum: 2 ** 40 + 3,
          max: 2 ** 40,
          yes: 1,
          no: 0,
          found: 1,
          half: 0.5,
          text: `x${id}`,
        },
      ]);
    });

    it("beyond 2^53 do not disturb a commit that returns them", async () => {
      const id = suite.fresh();
      const start = 2n ** 53n + 1n;
      const [first, second] = await Promise.all([
        suite.commit(id, change(addItem, [id, start], 1), change(bumpItem, [id], 1)),
        suite.commit(id, change(bumpItem, [id], 1)),
      ]);
      expect(first[1]).toEqual([{ id, version: start + 1n }]);
      expect(second[0]).toEqual([{ id, version: start + 2n }]);
      expect(await suite.item(id)).toBe(start + 2n);
    });

    it("sort by their bytes", async () => {
      const id = suite.fresh();
      const texts = ["Z", "a", "B", "é", "z", "_", "10", "9", "🎉", "\uffff"];
      await suite.commit(id, ...texts.map((text, n) => change(addItem, [`${id}/${text}`, n])));
      const rows = await suite.store.read(itemsOf, [id]);
      const sorted = texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(rows.map((row) => (row.id as string).slice(id.length + 1))).toEqual(sorted);
    });
  });

  describe("a parameter that no store can keep", () => {
    const bad: [what: string, value: unknown, named: string][] = [
      ["undefined", undefined, "undefined"],
      ["NaN", Number.NaN, "the number NaN"],
      ["infinity", Number.POSITIVE_INFINITY, "the number Infinity"],
      ["a boolean", true, "a boolean"],
      ["an object", { id: "x" }, "an object (Object)"],
      ["a date", new Date(0), "an object (Date)"],
      ["an array", ["x"], "an array"],
      ["a function", () => 1, "a function"],
      ["a symbol", Symbol("x"), "a symbol"],
      ["an ArrayBuffer", new ArrayBuffer(1), "an object (ArrayBuffer)"],
      ["a NUL in text", "a\0b", "a string that contains a NUL character"],
      ["an integer of 65 bits", 2n ** 63n, "beyond 64 bits"],
    ];

    it.each(bad)("is refused by name: %s", async (_what, value, named) => {
      const id = suite.fresh();
      const error = await rejection(
        suite.commit(id, change(addItem, [id, 1]), change(addItem, [value as Param, 1])),
      );
      expect(error).toBeInstanceOf(StoreError);
      expect(error).toMatchObject({ code: "BadParameter" });
      expect(error.message).toContain(`Parameter $1 of the statement "contract.addItem" is`);
      expect(error.message).toContain(named);
      expect(await suite.item(id)).toBeUndefined();
      expect(await rejection(suite.store.read(oneItem, [value as Param]))).toMatchObject({
        code: "BadParameter",
      });
    });

    it.each([
      ["t", 5, 'the number "5", which the text column t cannot hold'],
      ["i", "5", 'the string "5", which the bigint column i cannot hold'],
      ["i", 1.5, 'the number "1.5", which the bigint column i cannot hold'],
      ["i", 2 ** 63, "cannot hold"],
      ["d", 5n, 'the bigint "5", which the double precision column d cannot hold'],
      ["b", "00", 'the string "00", which the bytea column b cannot hold'],
      ["t", new Uint8Array(1), "bytes, which the text column t cannot hold"],
    ] as [string, Param, string][])("is refused for its column: %s", async (column, value, named) => {
      const id = suite.fresh();
      const params = [id, ...["t", "i", "d", "b"].map((c) => (c === column ? value : null))];
      const error = await rejection(suite.commit(id, change(addKind, params)));
      expect(error).toMatchObject({ code: "BadParameter" });
      expect(error.message).toContain(named);
      expect(await suite.store.read(kindsOf, [id])).toEqual([]);
    });

    it("is refused when it is missing or one too many", async () => {
      const id = suite.fresh();
      for (const params of [[id], [id, 1, 2], []]) {
        const error = await rejection(suite.commit(id, change(addItem, params)));
        expect(error).toMatchObject({ code: "BadParameter" });
        expect(error.message).toContain(`takes 2 parameters and was given ${params.length}`);
      }
      expect(await suite.item(id)).toBeUndefined();
    });
  });
}
