import { afterEach, describe, expect, test, vi } from "vitest";
import { runCli } from "./fixtures/terminal.ts";

/** Commands that do nothing by themselves. */
const GROUPS = ["executions", "functions", "time", "callback"];

/** Where nothing listens. */
const nowhere = { env: { AWS_ENDPOINT_URL: "http://127.0.0.1:9" } };

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("help", () => {
  const commands = [
    [],
    ["dev"],
    ["invoke"],
    ["executions"],
    ["executions", "list"],
    ["executions", "show"],
    ["executions", "history"],
    ["executions", "stop"],
    ["logs"],
    ["functions"],
    ["functions", "list"],
    ["functions", "show"],
    ["functions", "invoke"],
    ["time"],
    ["time", "show"],
    ["time", "advance"],
    ["time", "skip"],
    ["backup"],
    ["copy"],
    ["start"],
    ["callback"],
    ["callback", "succeed"],
    ["callback", "fail"],
    ["callback", "heartbeat"],
  ];

  test.for(commands.map((words) => [words.join(" "), words] as const))(
    "of `stepwell %s` goes to stdout",
    async ([, words]) => {
      const ran = await runCli([...words, "--help"], nowhere);
      expect(ran).toMatchObject({ exitCode: 0, stderr: "" });
      expect(ran.stdout).toMatch(/^Usage: stepwell /);
    },
  );

  test.for(
    commands
      .filter(([first, second]) => second !== undefined || !GROUPS.includes(first!))
      .map((words) => [words.join(" "), words] as const),
  )("of `stepwell %s` has an example that is typed as it stands, with long options", async ([, words]) => {
    const { stdout } = await runCli([...words, "--help"], nowhere);
    expect(stdout).toMatch(new RegExp(`Examples:\\n(  .*\\n)*  stepwell ${words.join(" ")}`));
    expect(stdout.slice(stdout.indexOf("Examples:"))).not.toMatch(/ -[a-z]\b/);
  });

  test.for(["", "mysql://u:secret@db/x"])(
    "of `stepwell start` is shown although STEPWELL_STORE is '%s'",
    async (store) => {
      vi.stubEnv("STEPWELL_STORE", store);
      const ran = await runCli(["start", "--help"], nowhere);
      expect(ran).toMatchObject({ exitCode: 0, stderr: "" });
      expect((await runCli(["start"], nowhere)).exitCode).toBe(2);
    },
  );

  test("is shown on stderr when no command is given", async () => {
    const ran = await runCli([], nowhere);
    expect(ran).toMatchObject({
      exitCode: 2,
      stdout: "",
      stderr: expect.stringContaining("Usage: stepwell"),
    });
    expect((await runCli(["executions"], nowhere)).exitCode).toBe(2);
  });

  test("--version prints the version alone", async () => {
    expect(await runCli(["--version"])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});

describe("what was mistyped is suggested", () => {
  test.for([
    [
      ["exections", "list"],
      "unknown command 'exections'\n(Did you mean",
      "executions?)\nSee `stepwell --help`.",
    ],
    [
      ["executions", "shwo", "x"],
      "unknown command 'shwo'",
      "(Did you mean show?)\nSee `stepwell executions --help`.",
    ],
    [
      ["invoke", "f", "--paylod", "1"],
      "unknown option '--paylod'",
      "(Did you mean --payload?)\nSee `stepwell invoke --help`.",
    ],
    [["tiem", "show"], "unknown command 'tiem'", "(Did you mean time?)"],
    [["time", "advnace", "2h"], "unknown command 'advnace'", "(Did you mean advance?)"],
    [["logs", "--folow"], "unknown option '--folow'", "(Did you mean --follow?)"],
    [["backup", "x", "--date", "y"], "unknown option '--date'", "(Did you mean --data?)"],
  ] as const)("%s", async ([argv, first, second]) => {
    const ran = await runCli(argv, nowhere);
    expect(ran).toMatchObject({ exitCode: 2, stdout: "" });
    expect(ran.stderr).toContain(`error: ${first}`);
    expect(ran.stderr).toContain(second);
  });
});

describe("wrong usage", () => {
  test.for([
    [["executions", "show"], "missing required argument 'id'"],
    [["executions", "show", "a", "b"], "too many arguments"],
    [["invoke", "f", "--payload"], "option '--payload <json>' argument missing"],
    [["dev", "--port", "seventy"], "It must be a number from 0 to 65535."],
    [["dev", "--port", "65536"], "It must be a number from 0 to 65535."],
    [["dev", "--data", "x", "--memory"], "cannot be used with"],
    [["dev", "--time", "fast"], "Allowed choices are real, virtual."],
    [["dev", "--max-operations", "0"], "It must be a whole number from 1 to 1000000."],
    [["dev", "--max-execution-bytes", "1GB"], "It must be a whole number from 1 to 10737418240."],
    [["time", "advance"], "Say either by how much time is to move"],
    [["time", "advance", "2h", "--to", "2030-01-01"], "Say either by how much time is to move"],
    [["time", "advance", "tomorrow"], "'tomorrow' is no duration."],
    [["time", "advance", "--to", "2h"], "'2h' is no date."],
    [["time", "skip", "--max", "-1"], "It must be a whole number above 0."],
    [["logs", "--follow", "--json"], "--jsonl prints one document for each line."],
    [["executions", "list", "--json", "--jsonl"], "cannot be used together"],
    [["executions", "stop"], "missing required argument 'id'"],
    [["backup"], "missing required argument 'folder'"],
    [["backup", ""], "The folder's name is empty."],
    [["backup", "postgres://u:secret@db/x"], "A folder is asked for, not a postgres:// URL."],
    [["backup", "x", "--data", "postgres://u:secret@db/x"], "A folder is asked for, not a postgres:// URL."],
    [
      ["start", "--store", "mysql://u:secret@db/x"],
      "error: Data is not kept at a mysql:// URL.\nName a folder, or",
    ],
    [["start", "--store", ""], "The place of the data is empty."],
    [["copy", "--from", ".", "--to", "https://db"], "Data is not kept at a https:// URL."],
    [
      ["dev", "--data", "postgres://u:secret@db/x"],
      "A folder is asked for, not a postgres:// URL.\nName a folder.",
    ],
    [["dev", "--endpoint", "http://a"], "unknown option '--endpoint'"],
    [["invoke", "f", "--endpoint", "nonsense"], "--endpoint is 'nonsense', which is not a URL."],
    [["invoke", "f", "--region", "a b"], "'a b' is not the name of a region."],
  ] as const)("%s", async ([argv, message]) => {
    expect(await runCli(argv, nowhere)).toMatchObject({
      exitCode: 2,
      stdout: "",
      stderr: expect.stringContaining(message),
    });
  });
});

describe("nothing listens", () => {
  test.for([
    [["invoke", "f"]],
    [["executions", "list"]],
    [["executions", "show", "x"]],
    [["executions", "history", "@last"]],
    [["executions", "stop", "x"]],
    [["callback", "succeed", "Q0I="]],
    [["logs"]],
    [["logs", "f", "--follow"]],
    [["functions", "list"]],
    [["functions", "show", "f"]],
    [["time", "show"]],
    [["time", "skip", "--until", "idle"]],
  ] as const)("%s says so and how to start Stepwell", async ([argv]) => {
    const ran = await runCli(argv, nowhere);
    expect(ran).toMatchObject({ exitCode: 1, stdout: "" });
    expect(ran.stderr).toBe(
      "error: Nothing listens at http://127.0.0.1:9.\n" +
        "Start Stepwell with `stepwell dev --port 9`, or name another endpoint with --endpoint.\n",
    );
  });
});

describe("with --json an error is one object on stderr", () => {
  test("from a command", async () => {
    const ran = await runCli(["executions", "list", "--json"], nowhere);
    expect(ran).toMatchObject({ exitCode: 1, stdout: "" });
    expect(JSON.parse(ran.stderr)).toEqual({
      error: {
        code: "NothingListens",
        message: "Nothing listens at http://127.0.0.1:9.",
        exitCode: 1,
        hint: expect.stringContaining("stepwell dev"),
      },
    });
  });

  test("from the command line itself", async () => {
    for (const argv of [
      ["--json", "exections"],
      ["invoke", "--json"],
      ["executions", "list", "--max", "x", "--json"],
      ["--json"],
    ]) {
      const { exitCode, stdout, stderr } = await runCli(argv, nowhere);
      expect([exitCode, stdout]).toEqual([2, ""]);
      expect(JSON.parse(stderr)).toMatchObject({
        error: { code: "Usage", exitCode: 2, message: expect.any(String) },
      });
    }
  });
});
