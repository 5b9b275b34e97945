import { describe, expect, test } from "vitest";
import { durationText, errorText, oneLine, shorten } from "./text.ts";

describe("a duration is said in the units a person would use", () => {
  test.for([
    [0, "0 ms"],
    [35.4, "35 ms"],
    [999, "999 ms"],
    [1_240, "1.24 s"],
    [9_999, "10.0 s"],
    [12_340, "12.3 s"],
    [59_990, "1 min"],
    [125_000, "2 min 5 s"],
    [3_599_900, "1 h"],
    [3 * 3_600_000 + 120_000, "3 h 2 min"],
    [86_399_000, "1 d"],
    [366 * 86_400_000, "366 d"],
  ] as const)("%s ms: %s", ([ms, text]) => {
    expect(durationText(ms)).toBe(text);
  });
});

describe("text from elsewhere is made safe to show", () => {
  test("line breaks, tabs and control characters become spaces, so that no escape reaches the terminal", () => {
    expect(oneLine("a\n\tb\u001b[31mred\u0000\u2028c ")).toBe("a b [31mred c");
  });

  test("long text is cut with an ellipsis, short text is left as it is", () => {
    expect(shorten("card declined", 13)).toBe("card declined");
    expect(shorten("card declined", 8)).toBe("card de…");
    expect(shorten("x".repeat(1_000_000), 5)).toBe("xxxx…");
  });

  test("a character outside the basic plane is not cut in two", () => {
    expect(shorten("🙂🙂🙂🙂🙂🙂", 4)).toBe("🙂🙂🙂…");
  });

  test("spaces that would have been cut away do not make text look whole", () => {
    expect(shorten(`ab${" ".repeat(100)}cd`, 10)).toBe("ab…");
  });
});

test("an error is shown with what it has of type and message", () => {
  expect(errorText({ ErrorType: "PaymentError", ErrorMessage: "card declined" })).toBe(
    "PaymentError: card declined",
  );
  expect(errorText({ ErrorMessage: "card declined" })).toBe("card declined");
  expect(errorText({})).toBe("an error without type and message");
});
