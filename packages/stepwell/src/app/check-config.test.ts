import { describe, expect, test } from "vitest";
import { checkConfig } from "./check-config.ts";
import { defineConfig } from "./config.ts";

const errorOf = (config: unknown): string => {
  try {
    checkConfig(config, "stepwell.config.ts");
  } catch (error) {
    return (error as Error).message;
  }
  return "none";
};
const withFunction = (fn: object) =>
  errorOf({ functions: { approval: { handler: "src/a.handler", ...fn } } });

describe("a config", () => {
  test("may be empty, and may say everything", () => {
    expect(errorOf({})).toBe("none");
    const whole = defineConfig({
      region: "eu-central-1",
      account: "123456789012",
      limits: { operationsPerExecution: 1_000_000, bytesPerExecution: 1 },
      host: { maxBusyInstances: 2, maxInstances: 10_000, idleSeconds: 1 },
      functions: {
        approval: {
          handler: "src/approval.handler",
          runtime: "nodejs22.x",
          timeoutSeconds: 900,
          memoryMb: 10_240,
          concurrency: 10,
          environment: { TABLE: "" },
          durable: { executionTimeoutSeconds: 31_622_400, retentionDays: 90 },
        },
        other: { handler: "a.b.handler", durable: true },
      },
    });
    expect(checkConfig(whole, "stepwell.config.ts")).toBe(whole);
  });

  test("names every mistake with its place, and what is allowed", () => {
    expect(errorOf({ functions: { approval: { timeoutSeconds: 0, memory: 1 } }, regoin: "x" })).toBe(
      [
        "stepwell.config.ts: functions.approval.handler is missing.",
        "stepwell.config.ts: functions.approval.timeoutSeconds is 0; it must be a whole number from 1 to 900.",
        "stepwell.config.ts: functions.approval.memory is unknown. Allowed: handler, runtime, timeoutSeconds, memoryMb, concurrency, environment, durable.",
        "stepwell.config.ts: regoin is unknown. Allowed: functions, region, account, limits, host.",
      ].join("\n"),
    );
  });

  test.each([
    [
      "nothing",
      undefined,
      "the default export is undefined; it must be an object: export default defineConfig({ … }).",
    ],
    [
      "a function",
      () => {},
      "the default export is a function; it must be an object: export default defineConfig({ … }).",
    ],
    ["a list of functions", { functions: [] }, "functions is []; it must be an object."],
    [
      "a region that is none",
      { region: "here" },
      'region is "here"; it must be an AWS region such as eu-central-1.',
    ],
    [
      "a limit that is none",
      { limits: { operationsPerExecution: 0 } },
      "limits.operationsPerExecution is 0; it must be a whole number from 1 to 1000000.",
    ],
    [
      "no instances",
      { host: { maxInstances: 0 } },
      "host.maxInstances is 0; it must be a whole number from 1 to 10000.",
    ],
    ["an account that is none", { account: 1 }, "account is 1; it must be 12 digits."],
    [
      "a function's name",
      { functions: { "a b": {} } },
      'functions has the name "a b"; a name must be 1 to 64 letters, digits, hyphens and underscores.',
    ],
  ])("that is or has %s is refused", (_title, config, message) => {
    expect(errorOf(config)).toBe(`stepwell.config.ts: ${message}`);
  });

  const fn = "functions.approval";
  test.each([
    [
      { handler: "index" },
      `${fn}.handler is "index"; it must be the source file without its ending, a dot and an export, such as "src/order.handler".`,
    ],
    [
      { runtime: "python3.13" },
      `${fn}.runtime is "python3.13"; it must be a Node.js runtime such as nodejs24.x.`,
    ],
    [{ timeoutSeconds: 1.5 }, `${fn}.timeoutSeconds is 1.5; it must be a whole number from 1 to 900.`],
    [{ memoryMb: "128" }, `${fn}.memoryMb is "128"; it must be a whole number from 128 to 10240.`],
    [{ concurrency: 0 }, `${fn}.concurrency is 0; it must be a whole number from 1 to 1600.`],
    [{ environment: { A1: 5 } }, `${fn}.environment.A1 is 5; it must be a text.`],
    [
      { environment: { "1": "" } },
      `${fn}.environment has the name "1"; a name must be two or more letters, digits and underscores, a letter first.`,
    ],
    [
      { durable: false },
      `${fn}.durable is false; it must be true, or { executionTimeoutSeconds, retentionDays }.`,
    ],
    [{ durable: {} }, `${fn}.durable.executionTimeoutSeconds is missing.`],
    [
      { durable: { executionTimeoutSeconds: 0 } },
      `${fn}.durable.executionTimeoutSeconds is 0; it must be a whole number from 1 to 31622400.`,
    ],
    [
      { durable: { executionTimeoutSeconds: 1, retentionDays: 91 } },
      `${fn}.durable.retentionDays is 91; it must be a whole number from 1 to 90.`,
    ],
  ])("with a function that has %j is refused", (more, message) => {
    expect(withFunction(more)).toBe(`stepwell.config.ts: ${message}`);
  });
});
