import { expect, test } from "vitest";
import { jsonLogger } from "./logger.ts";

test("a JSON log has one object a line, with level, time, message and fields, errors included", () => {
  const lines: string[] = [];
  const log = jsonLogger(
    (line) => lines.push(line),
    () => Date.UTC(2030, 0, 1),
  );
  log.debug({}, "left out by default");
  log.warn({ execution: "e", size: 10n, error: new TypeError("bad") }, "something is off");
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/\n$/);
  expect(JSON.parse(lines[0]!)).toMatchObject({
    level: "warn",
    time: "2030-01-01T00:00:00.000Z",
    message: "something is off",
    execution: "e",
    size: "10",
    error: { name: "TypeError", message: "bad" },
  });
});
