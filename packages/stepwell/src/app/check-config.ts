import type { StepwellConfig } from "./config.ts";
import { ConfigError } from "./config-error.ts";
import { MOST_EXECUTION_BYTES, MOST_OPERATIONS } from "./limits.ts";

/** Says what is wrong with a value, or nothing. */
type Check = (value: unknown, path: string) => readonly string[];

const LONGEST_SHOWN = 80;

const durable = object(
  { executionTimeoutSeconds: wholeNumber(1, 31_622_400), retentionDays: wholeNumber(1, 90) },
  ["executionTimeoutSeconds"],
);

const fn = object(
  {
    handler: pattern(
      /^.+\.[A-Za-z_$][\w$]*$/,
      'the source file without its ending, a dot and an export, such as "src/order.handler"',
    ),
    runtime: pattern(/^nodejs/, "a Node.js runtime such as nodejs24.x"),
    timeoutSeconds: wholeNumber(1, 900),
    memoryMb: wholeNumber(128, 10_240),
    concurrency: wholeNumber(1, 1_600),
    environment: map(
      /^[a-zA-Z]\w+$/,
      "two or more letters, digits and underscores, a letter first",
      string(),
    ),
    durable: (value, path) =>
      value === true
        ? []
        : isObject(value)
          ? durable(value, path)
          : [wrong(path, value, "true, or { executionTimeoutSeconds, retentionDays }")],
  },
  ["handler"],
);

const config = object(
  {
    functions: map(/^[\w-]{1,64}$/, "1 to 64 letters, digits, hyphens and underscores", fn),
    region: pattern(/^[a-z]{2}(-[a-z]+)+-\d$/, "an AWS region such as eu-central-1"),
    account: pattern(/^\d{12}$/, "12 digits"),
    limits: object(
      {
        operationsPerExecution: wholeNumber(1, MOST_OPERATIONS),
        bytesPerExecution: wholeNumber(1, MOST_EXECUTION_BYTES),
      },
      [],
    ),
    host: object(
      {
        maxBusyInstances: wholeNumber(1, 1_000),
        maxInstances: wholeNumber(1, 10_000),
        idleSeconds: wholeNumber(1, 86_400),
      },
      [],
    ),
  },
  [],
);

/** Takes what a config file exports. Throws ConfigError that names the file, and everything that is wrong in it. */
export function checkConfig(value: unknown, file: string): StepwellConfig {
  const problems = isObject(value)
    ? config(value, "")
    : [wrong("the default export", value, "an object: export default defineConfig({ … })")];
  if (problems.length === 0) return value as StepwellConfig;
  throw new ConfigError(problems.map((problem) => `${file}: ${problem}`).join("\n"));
}

function object(checks: Readonly<Record<string, Check>>, required: readonly string[]): Check {
  const names = Object.keys(checks);
  return (value, path) => {
    if (!isObject(value)) return [wrong(path, value, `an object with ${names.join(", ")}`)];
    const missing = required.filter((name) => value[name] === undefined);
    return [
      ...missing.map((name) => `${join(path, name)} is missing.`),
      ...Object.entries(value).flatMap(([name, member]) => {
        if (member === undefined) return [];
        const check = checks[name];
        return check
          ? check(member, join(path, name))
          : [`${join(path, name)} is unknown. Allowed: ${names.join(", ")}.`];
      }),
    ];
  };
}

function map(key: RegExp, keyRule: string, check: Check): Check {
  return (value, path) => {
    if (!isObject(value)) return [wrong(path, value, "an object")];
    return Object.entries(value).flatMap(([name, member]) =>
      key.test(name)
        ? check(member, join(path, name))
        : [`${path} has the name "${name}"; a name must be ${keyRule}.`],
    );
  };
}

function wholeNumber(least: number, most: number): Check {
  return (value, path) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? []
      : [wrong(path, value, `a whole number from ${least} to ${most}`)];
}

function pattern(rule: RegExp, description: string): Check {
  return (value, path) =>
    typeof value === "string" && rule.test(value) ? [] : [wrong(path, value, description)];
}

function string(): Check {
  return (value, path) => (typeof value === "string" ? [] : [wrong(path, value, "a text")]);
}

function wrong(path: string, value: unknown, allowed: string): string {
  return `${path} is ${shown(value)}; it must be ${allowed}.`;
}

function shown(value: unknown): string {
  const written = typeof value === "function" ? "a function" : (JSON.stringify(value) ?? String(value));
  return written.length <= LONGEST_SHOWN ? written : `${written.slice(0, LONGEST_SHOWN)}…`;
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
