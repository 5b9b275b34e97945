import { afterAll, beforeAll, expect, test } from "vitest";
import { serve } from "../fixtures/served.ts";

const terminal = { columns: 100 };
let stepwell: Awaited<ReturnType<typeof serve>>;

beforeAll(async () => {
  stepwell = await serve();
});
afterAll(() => stepwell.close());

test("none yet is said, and is an empty document", async () => {
  expect(await stepwell.cli(["functions", "list"])).toMatchObject({
    exitCode: 0,
    stdout: "",
    stderr: "There are no functions in us-east-1.\n",
  });
  expect(JSON.parse((await stepwell.cli(["functions", "list", "--json"])).stdout)).toEqual({ Functions: [] });
});

test("they are listed for people, for scripts and as JSON", async () => {
  await stepwell.create("greet", 'export const handler = async ({ name }) => "Hello " + name;', {
    Description: "says\nhello",
    Environment: { Variables: { TONE: "warm", PLACE: "here" } },
    Timeout: 70,
  });
  await stepwell.createDurable("order", "return 1;");
  const table = (await stepwell.cli(["functions", "list"], terminal)).lines;
  expect(table[0]).toMatch(/^NAME +RUNTIME +TIMEOUT +MEMORY +DURABLE +MODIFIED$/);
  expect(table[1]).toMatch(/^greet +nodejs24\.x +1 min 10 s +128 MB +no +[-\d]+ [:\d]+$/);
  expect(table[2]).toMatch(/^order +nodejs24\.x +30\.0 s +128 MB +yes +/);

  const plain = await stepwell.cli(["functions", "list"]);
  expect(plain.lines.map((line) => line.split("\t").slice(0, 5))).toEqual([
    ["greet", "nodejs24.x", "70", "128", "-"],
    ["order", "nodejs24.x", "30", "128", "durable"],
  ]);
  expect(plain.stderr).toBe("→ stepwell functions show greet\n");
  const { lines } = await stepwell.cli(["functions", "list", "--jsonl"]);
  expect(lines.map((line) => JSON.parse(line).FunctionName)).toEqual(["greet", "order"]);
});

test("one is shown with what it is made of", async () => {
  const { stdout, stderr } = await stepwell.cli(["functions", "show", "greet"]);
  expect(stdout).toMatch(/^greet\n {2}arn {8}arn:aws:lambda:us-east-1:000000000000:function:greet\n/);
  for (const line of [
    "  about      says hello\n",
    "  handler    index.handler\n",
    "  timeout    1 min 10 s\n",
    "  durable    no\n",
    "  logs       /aws/lambda/greet\n",
    "  variables  TONE=warm\n             PLACE=here\n",
  ]) {
    expect(stdout).toContain(line);
  }
  expect(stderr).toBe("→ stepwell invoke greet\n");
  const durable = await stepwell.cli(["functions", "show", "order"]);
  expect(durable.stdout).toContain(
    "  durable    executions may take 1 d and are kept for 14 d after their end\n",
  );
  const { stdout: json } = await stepwell.cli(["functions", "show", "order", "--json"]);
  expect(JSON.parse(json)).toMatchObject({
    FunctionName: "order",
    DurableConfig: { ExecutionTimeout: 86_400 },
  });
});

test("one is called", async () => {
  const ran = await stepwell.cli(["functions", "invoke", "greet", "--payload", '{"name":"Ada"}']);
  expect(ran).toMatchObject({ exitCode: 0, stdout: '"Hello Ada"\n' });
});

test("one that is not there comes with how to see those that are", async () => {
  for (const argv of [
    ["functions", "show", "nobody"],
    ["functions", "invoke", "nobody"],
    ["logs", "nobody"],
  ]) {
    const ran = await stepwell.cli(argv);
    expect(ran).toMatchObject({ exitCode: 3, stdout: "" });
    expect(ran.stderr).toMatch(/^error: Function not found: .*\n`stepwell functions list` shows/);
  }
});
