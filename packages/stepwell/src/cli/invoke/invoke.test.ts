import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serve } from "../fixtures/served.ts";

let stepwell: Awaited<ReturnType<typeof serve>>;

beforeAll(async () => {
  stepwell = await serve();
  await stepwell.create(
    "greet",
    `export const handler = async (event) => {
      console.log("greeting " + event.name);
      if (event.fail) throw new RangeError("no greeting for " + event.name);
      return { hello: event.name };
    };`,
  );
  await stepwell.createDurable(
    "approval",
    `return await context.step("look", async () => "seen " + event.id);`,
    600,
  );
  await stepwell.createDurable("strict", `throw new TypeError("not like this");`, 600);
  await stepwell.createDurable("slow", "return 1;", 86_400);
});
afterAll(() => stepwell.close());

describe("the result of a function", () => {
  test("is printed to stdout and nothing else is", async () => {
    const ran = await stepwell.cli(["invoke", "greet", "--payload", '{"name":"Ada"}']);
    expect(ran).toMatchObject({ exitCode: 0, stdout: '{"hello":"Ada"}\n', stderr: "" });
  });

  test("is one document of AWS's shape with --json", async () => {
    const { exitCode, stdout } = await stepwell.cli([
      "invoke",
      "greet",
      "--payload",
      '{"name":"Ada"}',
      "--json",
    ]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      StatusCode: 200,
      ExecutedVersion: "$LATEST",
      Payload: '{"hello":"Ada"}',
    });
  });

  test("comes with the end of the log on stderr with --log", async () => {
    const ran = await stepwell.cli(["invoke", "greet", "--payload", '{"name":"Ada"}', "--log"]);
    expect(ran.stdout).toBe('{"hello":"Ada"}\n');
    expect(ran.stderr).toMatch(/INFO\s+greeting Ada\n/);
    expect(ran.stderr).toMatch(/^REPORT RequestId: /m);
  });

  test("of a durable function comes with how to look at the execution", async () => {
    const ran = await stepwell.cli(["invoke", "approval", "--payload", '{"id":7}', "--name", "look-7"]);
    expect(ran).toMatchObject({
      exitCode: 0,
      stdout: '"seen 7"\n',
      stderr: "→ stepwell executions show look-7\n",
    });
  });
});

describe("the event", () => {
  test("comes from a file, or from stdin", async () => {
    const folder = await mkdtemp(join(tmpdir(), "stepwell-cli-"));
    const file = join(folder, "event.json");
    await writeFile(file, '{"name":"Grace"}');
    expect((await stepwell.cli(["invoke", "greet", "--payload-file", file])).stdout).toBe(
      '{"hello":"Grace"}\n',
    );
    await rm(folder, { recursive: true });

    const piped = await stepwell.cli(["invoke", "greet", "--payload-file", "-"], {
      stdin: '{"name":"Zoë"}\n',
    });
    expect(piped.stdout).toBe('{"hello":"Zoë"}\n');
  });

  test("that is not JSON is refused before anything is called", async () => {
    const ran = await stepwell.cli(["invoke", "greet", "--payload", "{name:Ada}"]);
    expect(ran).toMatchObject({ exitCode: 2, stdout: "" });
    expect(ran.stderr).toMatch(/^error: The event in --payload is not JSON: .*\nStrings need double quotes/);
    expect((await stepwell.cli(["invoke", "greet", "--payload-file", "-"], { stdin: "" })).exitCode).toBe(2);
  });

  test.each(["@event.json", "file://event.json", "-"])(
    "%s is told from JSON, and how a file is named",
    async (given) => {
      const ran = await stepwell.cli(["invoke", "greet", `--payload=${given}`]);
      expect(ran).toMatchObject({ exitCode: 2, stdout: "" });
      expect(ran.stderr).toContain("--payload-file FILE");
    },
  );

  test("in a file that is not there, or in a folder, is said so", async () => {
    const missing = await stepwell.cli(["invoke", "greet", "--payload-file", "/no/such/file"]);
    expect(missing).toMatchObject({ exitCode: 3, stderr: "error: There is no file /no/such/file.\n" });
    const folder = await stepwell.cli(["invoke", "greet", "--payload-file", tmpdir()]);
    expect(folder).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("cannot be read") });
  });
});

describe("a function that fails", () => {
  test("exits with 5, its error and the beginning of its stack on stderr", async () => {
    const ran = await stepwell.cli(["invoke", "greet", "--payload", '{"name":"Ada","fail":true}']);
    expect(ran).toMatchObject({ exitCode: 5, stdout: "" });
    expect(ran.stderr).toMatch(/^The function failed: RangeError: no greeting for Ada\n {4}at .*index\.mjs/);
    expect(ran.stderr.split("\n").length).toBeLessThan(8);
  });

  test("has its error in the document with --json", async () => {
    const ran = await stepwell.cli(["invoke", "greet", "--payload", '{"fail":true}', "--json"]);
    expect(ran.exitCode).toBe(5);
    const { FunctionError, Payload } = JSON.parse(ran.stdout);
    expect(FunctionError).toBe("Unhandled");
    expect(JSON.parse(Payload)).toMatchObject({ errorType: "RangeError" });
  });

  test("as a durable execution does so too", async () => {
    const ran = await stepwell.cli(["invoke", "strict", "--name", "s-1"]);
    expect(ran).toMatchObject({ exitCode: 5, stdout: "" });
    expect(ran.stderr).toContain("The function failed: TypeError: not like this");
    expect(ran.stderr).toContain("→ stepwell executions show s-1");
  });
});

describe("without waiting", () => {
  test("a durable function gives the ARN of its execution", async () => {
    const ran = await stepwell.cli(["invoke", "approval", "--async", "--name", "later-1"]);
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout).toMatch(
      /^arn:aws:lambda:us-east-1:000000000000:function:approval:\$LATEST\/durable-execution\/later-1\/\S+\n$/,
    );
    expect(ran.stderr).toBe("→ stepwell executions show later-1\n");
  });

  test("a plain function gives nothing to read", async () => {
    const ran = await stepwell.cli(["invoke", "greet", "--async", "--payload", '{"name":"Ada"}']);
    expect(ran).toMatchObject({ exitCode: 0, stdout: "", stderr: expect.stringMatching(/^Accepted/) });
  });

  test("the same name with the same event is the same execution; with another event it is refused", async () => {
    const argv = ["invoke", "approval", "--async", "--name", "once"];
    const first = await stepwell.cli([...argv, "--payload", '{"id":1}']);
    const again = await stepwell.cli([...argv, "--payload", '{"id":1}']);
    expect(again.stdout).toBe(first.stdout);
    const other = await stepwell.cli([...argv, "--payload", '{"id":2}']);
    expect(other.exitCode).toBe(4);
    expect(other.stderr).toContain("(DurableExecutionAlreadyStartedException)");
  });
});

describe("what cannot be called", () => {
  test("a function that does not exist exits with 3", async () => {
    const ran = await stepwell.cli(["invoke", "nobody"]);
    expect(ran).toMatchObject({ exitCode: 3, stdout: "" });
    expect(ran.stderr).toMatch(
      /^error: Function not found: \S+nobody:\$LATEST \(ResourceNotFoundException\)\n`stepwell functions list` shows/,
    );
  });

  test("a function without a name is wrong usage", async () => {
    expect(await stepwell.cli(["invoke", ""])).toMatchObject({ exitCode: 2 });
    expect(await stepwell.cli(["invoke"])).toMatchObject({
      exitCode: 2,
      stderr: "error: missing required argument 'function'\nSee `stepwell invoke --help`.\n",
    });
  });

  test("an execution that may run for longer than a caller can wait comes with how to start it", async () => {
    const ran = await stepwell.cli(["invoke", "slow"]);
    expect(ran.exitCode).toBe(4);
    expect(ran.stderr).toContain("\nStart it without waiting: stepwell invoke slow --async\n");
  });

  test("a name that Lambda does not take is refused in its words", async () => {
    const ran = await stepwell.cli(["invoke", "approval", "--async", "--name", "no spaces"]);
    expect(ran).toMatchObject({ exitCode: 4, stderr: expect.stringContaining("durableExecutionName") });
  });

  test("options that exclude each other are wrong usage", async () => {
    for (const options of [
      ["--payload", "1", "--payload-file", "x"],
      ["--async", "--log"],
    ]) {
      const ran = await stepwell.cli(["invoke", "greet", ...options]);
      expect(ran).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("cannot be used with") });
    }
  });
});
