import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { serve } from "../fixtures/served.ts";

const wide = { columns: 130, env: { LANG: "C.UTF-8" } };

let stepwell: Awaited<ReturnType<typeof serve>>;

/** Until the command line says so. */
async function shows(id: string, text: string | RegExp): Promise<void> {
  await vi.waitFor(
    async () => expect((await stepwell.cli(["executions", "show", id])).stdout).toMatch(text),
    10_000,
  );
}

async function start(name: string, functionName = "approval", payload = "{}"): Promise<string> {
  const argv = ["invoke", functionName, "--async", "--name", name, "--payload", payload];
  return (await stepwell.cli(argv)).stdout.trim();
}

beforeAll(async () => {
  stepwell = await serve();
  await stepwell.create("plain", "export const handler = async () => 1;");
  await stepwell.createDurable("quick", "return event;");
  await stepwell.createDurable(
    "approval",
    `const id = await context.step("create process", async () => "p-7");
    await context.step("charge", async () => { throw new Error("card declined"); }, {
      retryStrategy: (_error, attempt) => ({ shouldRetry: attempt < 2, delay: { seconds: 1 } }),
    }).catch(() => {});
    await context.parallel("notify", [{ name: "mail", func: (branch) => branch.step("send", async () => "sent") }]);
    await context.waitForCallback("ask for approval", async () => {}, { timeout: { hours: 1 } });`,
  );
  await stepwell.createDurable("sleeper", `await context.wait("night", { hours: 8 });`);
});
afterAll(() => stepwell.close());

describe("no execution yet", () => {
  test("a list is empty and says what to do", async () => {
    expect(await stepwell.cli(["executions", "list"])).toMatchObject({
      exitCode: 0,
      stdout: "",
      stderr: "No executions found in us-east-1.\n→ stepwell invoke FUNCTION --async\n",
    });
    expect((await stepwell.cli(["executions", "list", "--json"])).stdout).toBe(
      '{\n  "DurableExecutions": []\n}\n',
    );
  });

  test("@last is not found", async () => {
    const ran = await stepwell.cli(["executions", "show", "@last"]);
    expect(ran).toMatchObject({ exitCode: 3, stderr: expect.stringContaining("There are no executions") });
  });
});

describe("a workflow that waits for a person", () => {
  let arn: string;
  beforeAll(async () => {
    arn = await start("order-7", "approval", '{"order":7}');
    await shows("order-7", 'callback "ask for approval"');
  });

  test("is shown with its operations, what they took, and what it waits for", async () => {
    const { exitCode, stdout, stderr } = await stepwell.cli(["executions", "show", "order-7"], wide);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^order-7 {2}RUNNING {2}[\d.]+ m?s so far\n {2}function {2}approval:\$LATEST\n/);
    expect(stdout).toMatch(/^ {2}time {6}ran [\d.]+ m?s, queued [\d.]+ m?s, waited [\d.]+ m?s$/m);
    expect(stdout).toContain(`  arn       ${arn}\n  input     {"order":7}\n`);
    expect(stdout).toMatch(/^invocation 1 +Invocation +COMPLETED +\+\S+ m?s +[\d.]+ m?s +▒+█+$/m);
    expect(stdout).toMatch(/^create process +Step +SUCCEEDED +\S+ m?s +\d+ ms +█+ +"p-7"$/m);
    expect(stdout).toMatch(/^charge +Step +FAILED ×2 +\S+ m?s +1\.\d\d s +█+░+█+ +StepError|Error: card/m);
    expect(stdout).toMatch(/^notify +Parallel .*\n {2}mail +ParallelBranch .*\n {4}send +Step .*"sent"$/m);
    expect(stdout).toMatch(/\nErrors\n {2}charge: .*card declined\n/);
    expect(stdout).toMatch(
      /\nWaiting for\n {2}callback "ask for approval", times out in (1 h|59 min 5\d s) \([-\d]+ [:\d]+\):\n {4}stepwell callback succeed [\w+/]+=* --result '\{"approved":true\}'\n$/,
    );
    expect(stderr).toBe("→ stepwell executions history order-7\n");
  });

  test("is found by its ARN, its name, the beginning of its name, and as @last", async () => {
    for (const id of [arn, "order-7", "ord", "@last"]) {
      const { stdout } = await stepwell.cli(["executions", "show", id, "--json"]);
      expect(JSON.parse(stdout)).toMatchObject({ DurableExecutionArn: arn, Status: "RUNNING" });
    }
  });

  test("is one document of AWS's shape with --json, dates as ISO 8601", async () => {
    const { stdout, stderr } = await stepwell.cli(["executions", "show", "order-7", "--json"]);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject({
      DurableExecutionName: "order-7",
      FunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:approval:$LATEST",
      InputPayload: '{"order":7}',
      StartTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
  });

  test("suggests commands that reach the same endpoint", async () => {
    const options = ["--endpoint", stepwell.url, "--region", "us-east-1"];
    const { stdout, stderr } = await stepwell.cli(["executions", "show", "order-7", ...options]);
    expect(stdout).toContain(`--result '{"approved":true}' ${options.join(" ")}\n`);
    expect(stderr).toBe(`→ stepwell executions history order-7 ${options.join(" ")}\n`);
  });

  test("has colours only where they are wanted", async () => {
    const show = (more: string[], hasColors: boolean) =>
      stepwell.cli(["executions", "show", "order-7", ...more], { ...wide, hasColors });
    const esc = String.fromCharCode(27);
    expect((await show([], true)).stdout).toContain(`${esc}[36mRUNNING`);
    expect((await show([], false)).stdout).not.toContain(esc);
    expect((await show(["--no-color"], true)).stdout).not.toContain(esc);
    expect((await show(["--color"], false)).stdout).toContain(`${esc}[36mRUNNING`);
  });

  describe("its history", () => {
    test("is a table for a terminal", async () => {
      const { lines } = await stepwell.cli(["executions", "history", "order-7"], wide);
      expect(lines[0]).toMatch(/^EVENT +TIME +TYPE +OPERATION +DETAILS$/);
      expect(lines[1]).toMatch(/^ +1 {2}[\d-]+ [\d:.]+ {2}ExecutionStarted +order-7 +\{"order":7\}$/);
      expect(lines.join("\n")).toMatch(
        /StepFailed +charge +attempt 1, Error: card declined, again in 1\.00 s/,
      );
      expect(lines.join("\n")).toMatch(/CallbackStarted +\S+ +timeout 1 h, /);
    });

    test("is columns for a script", async () => {
      const { lines } = await stepwell.cli(["executions", "history", "order-7"]);
      const [first, second] = lines.map((line) => line.split("\t"));
      expect(first?.slice(0, 1)).toEqual(["1"]);
      expect(second?.[2]).toBe("StepStarted");
      expect(second?.[4]).toBe("create process");
      for (const line of lines) {
        const fields = line.split("\t");
        expect(fields).toHaveLength(6);
        expect(new Date(fields[1]!).toISOString()).toBe(fields[1]);
        expect(JSON.parse(fields[5]!)).toBeTypeOf("object");
      }
    });

    test("goes backwards, and only so far, when asked", async () => {
      const { stdout } = await stepwell.cli([
        "executions",
        "history",
        "order-7",
        "--reverse",
        "--max",
        "2",
        "--json",
      ]);
      const ids = JSON.parse(stdout).Events.map(({ EventId }: { EventId: number }) => EventId);
      expect(ids).toHaveLength(2);
      expect(ids[0]).toBe(ids[1] + 1);
    });
  });
});

test("a timer is shown with when it is due", async () => {
  await start("night-1", "sleeper");
  await shows("night-1", /Waiting for\n {2}timer "night", due in 7 h 59 min|8 h/);
});

describe("a list", () => {
  beforeAll(async () => {
    for (const name of ["a-1", "a-2", "a-3"]) {
      await start(name, "quick");
      await shows(name, "SUCCEEDED");
    }
  });

  test("without a function merges all of them, newest first", async () => {
    const { lines, stderr } = await stepwell.cli(["executions", "list"]);
    const fields = lines.map((line) => line.split("\t"));
    expect(fields.map(([name]) => name)).toEqual(["a-3", "a-2", "a-1", "night-1", "order-7"]);
    expect(fields[0]?.slice(1, 3)).toEqual(["quick", "SUCCEEDED"]);
    expect(fields[4]?.slice(1, 3)).toEqual(["approval", "RUNNING"]);
    expect(fields[4]?.[4]).toBe("-");
    expect(fields[0]?.[5]).toMatch(/^arn:.*\/a-3\//);
    expect(stderr).toBe("→ stepwell executions show a-3\n");
  });

  test("is a table for a terminal", async () => {
    const { lines } = await stepwell.cli(["executions", "list"], wide);
    expect(lines[0]).toMatch(/^NAME +FUNCTION +STATUS +STARTED +TOOK$/);
    expect(lines[1]).toMatch(/^a-3 +quick +SUCCEEDED +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +[\d.]+ m?s$/);
  });

  test("holds only what is asked for", async () => {
    const names = async (...argv: string[]) => {
      const { lines } = await stepwell.cli(["executions", "list", ...argv]);
      return lines.map((line) => line.split("\t")[0]);
    };
    expect(await names("quick")).toEqual(["a-3", "a-2", "a-1"]);
    expect(await names("--status", "running")).toEqual(["night-1", "order-7"]);
    expect(await names("--status", "FAILED, STOPPED")).toEqual([]);
    expect(await names("--name", "a-2")).toEqual(["a-2"]);
    expect(await names("plain")).toEqual([]);
  });

  test("says when there are more than it shows", async () => {
    const { lines, stderr } = await stepwell.cli(["executions", "list", "--max", "2"]);
    expect(lines).toHaveLength(2);
    expect(stderr).toMatch(/^There are more/);
  });

  test.for([
    [["--status", "DONE"], 2, "'DONE' is not a status of executions.\nThere are RUNNING, SUCCEEDED"],
    [["--max", "0"], 2, "It must be a whole number above 0."],
    [["--max", "ten"], 2, "It must be a whole number above 0."],
    [["nobody"], 3, "Function not found"],
    [["bad name"], 4, "ValidationException"],
  ] as const)("refuses %s with %s", async ([argv, exitCode, message]) => {
    const ran = await stepwell.cli(["executions", "list", ...argv]);
    expect(ran).toMatchObject({ exitCode, stdout: "", stderr: expect.stringContaining(message) });
  });
});

describe("an id", () => {
  test("that begins several names lists them", async () => {
    const ran = await stepwell.cli(["executions", "show", "a-"]);
    expect(ran).toMatchObject({ exitCode: 2, stdout: "" });
    expect(ran.stderr).toMatch(
      /^error: 'a-' could be several executions:\n( {2}'arn:\S+\/a-\d\/\S+'\n){3}Give the ARN/,
    );
  });

  test("that is a whole name is meant even when longer names begin with it", async () => {
    await start("a", "quick");
    await shows("a", /^a {2}SUCCEEDED/);
  });

  test("that nothing has exits with 3", async () => {
    for (const id of [
      "nothing",
      "arn:aws:lambda:us-east-1:000000000000:function:quick:$LATEST/durable-execution/x/y",
    ]) {
      const ran = await stepwell.cli(["executions", "history", id]);
      expect(ran).toMatchObject({ exitCode: 3, stdout: "" });
    }
  });

  test("that lost its $LATEST to the shell comes with what to do", async () => {
    const id = "arn:aws:lambda:us-east-1:000000000000:function:quick:/durable-execution/a-1/1";
    const ran = await stepwell.cli(["executions", "show", id]);
    expect(ran).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("in single quotes") });
  });

  test("that cannot be one is wrong usage", async () => {
    for (const id of ["", "two words", "arn:aws:s3:::bucket", "@first"]) {
      const ran = await stepwell.cli(["executions", "show", id]);
      expect(ran).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining("neither the ARN nor the name"),
      });
    }
  });
});

test("nothing is found in another region", async () => {
  const ran = await stepwell.cli(["executions", "show", "order-7", "--region", "eu-west-1"]);
  expect(ran).toMatchObject({ exitCode: 3, stderr: expect.stringContaining("No execution in eu-west-1") });
});
