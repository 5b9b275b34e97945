import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compilePattern } from "../src/kernel/schema/pattern.ts";
import { buildService } from "./build.ts";
import { generatedFiles } from "./format.ts";
import { OWN_SERVICE } from "./own-service.ts";
import { SOURCES } from "./sources.ts";

const committed = new URL("../src/kernel/schema/services/", import.meta.url);

test("the committed schemas are what `npm run generate` makes from the installed clients", async () => {
  const services = new Map(
    await Promise.all(SOURCES.map(async (source) => [source.service, await buildService(source)] as const)),
  );
  const files = generatedFiles(services.set("stepwell", OWN_SERVICE));

  expect([...files.keys()].sort()).toEqual(readdirSync(committed).sort());
  for (const [name, text] of files) expect(readFileSync(new URL(name, committed), "utf8")).toBe(text);
});

test("nested members have the constraints that AWS documents", async () => {
  const { shapes } = await buildService(SOURCES.find(({ service }) => service === "lambda")!);

  expect(shapes.OperationUpdate).toMatchObject({
    required: ["Id", "Type", "Action"],
    members: { Id: "OperationId", Type: "OperationType", Name: "OperationName", SubType: "OperationSubType" },
  });
  expect(shapes.OperationId).toEqual({ type: "string", min: 1, max: 64, pattern: "[a-zA-Z0-9-_]+" });
  expect(shapes.WaitOptions).toMatchObject({ members: { WaitSeconds: "WaitOptionsWaitSecondsInteger" } });
  expect(shapes.CreateFunctionRequest).toMatchObject({ members: { Tags: "map<TagKey,TagValue>" } });
});

test("every pattern compiles, and none runs away on a long hostile text", async () => {
  const patterns: [string, RegExp, number][] = [];
  for (const source of SOURCES) {
    for (const [name, shape] of Object.entries((await buildService(source)).shapes)) {
      if (!("pattern" in shape) || shape.pattern === undefined) continue;
      patterns.push([name, compilePattern(shape.pattern), Math.max(shape.max ?? 100_000, 1024)]);
    }
  }

  expect(patterns.length).toBeGreaterThan(50);
  for (const [name, pattern, longest] of patterns) {
    for (const unit of ["a", "-", "0", "a.", "arn:aws:", "a:", "=", "/", " ", "é"]) {
      const text = `${unit.repeat(Math.ceil(longest / unit.length)).slice(0, longest - 1)}\n`;
      // Running at all is the point: a pattern that backtracks without end would outlast the test's time.
      expect(pattern.test(text), name).toBeTypeOf("boolean");
    }
  }
});
