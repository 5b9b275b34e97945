import { expect, test } from "vitest";
import { styleOf } from "./style.ts";
import { plainColumns, table } from "./table.ts";

const plain = styleOf(false).faint;

test("columns are as wide as their widest cell, numbers stand to the right", () => {
  const text = table(
    [{ title: "NAME" }, { title: "AT", align: "right" }, { title: "RESULT" }],
    [
      [{ text: "order" }, { text: "+5 ms" }, { text: "1" }],
      [{ text: "a" }, { text: "+1.20 s" }, { text: "" }],
    ],
    { lineWidth: 80, titlePaint: plain },
  );
  expect(text).toBe("NAME        AT  RESULT\norder    +5 ms  1\na      +1.20 s\n");
});

test("the last column is cut to what is left of the line", () => {
  const text = table(
    [{ title: "NAME" }, { title: "RESULT" }],
    [[{ text: "order" }, { text: "x".repeat(100) }]],
    {
      lineWidth: 40,
      titlePaint: plain,
    },
  );
  expect(text.split("\n")[1]).toHaveLength(40);
});

test("colours do not count as width", () => {
  const { good, faint } = styleOf(true);
  const text = table([{ title: "A" }, { title: "B" }], [[{ text: "x", paint: good }, { text: "y" }]], {
    lineWidth: 80,
    titlePaint: faint,
  });
  expect(text).toBe("\u001b[2mA\u001b[22m  \u001b[2mB\u001b[22m\n\u001b[32mx\u001b[39m  y\n");
});

test("a script gets fields between tabs and no titles", () => {
  expect(
    plainColumns([
      ["a", "b c"],
      ["d", "-"],
    ]),
  ).toBe("a\tb c\nd\t-\n");
});
