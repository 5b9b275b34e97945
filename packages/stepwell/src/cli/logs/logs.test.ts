import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { spawnCli } from "../fixtures/dev-process.ts";
import { serve } from "../fixtures/served.ts";

let stepwell: Awaited<ReturnType<typeof serve>>;

beforeAll(async () => {
  stepwell = await serve();
  await stepwell.create("shop", `export const handler = async ({ said }) => console.log(said);`);
  await stepwell.create(
    "mailer",
    `export const handler = async () => { console.error("no server"); process.stdout.write("raw\\ttext\\n"); };`,
  );
  await stepwell.createDurable(
    "order",
    `console.log("order " + event.id);
     await context.wait("a moment", { seconds: 1 });
     process.stdout.write("rested " + event.id + "\\n");
     await context.waitForCallback("ask", async () => console.log("asked for " + event.id));`,
  );
});
afterAll(() => stepwell.close());

async function say(said: string): Promise<void> {
  await stepwell.cli(["invoke", "shop", "--payload", JSON.stringify({ said })]);
}

/** The messages of a log, for scripts, without what frames invocations. */
async function messages(...argv: string[]): Promise<string[]> {
  const { lines } = await stepwell.cli(["logs", ...argv]);
  return lines.map((line) => line.split("\t")[3]!).filter((text) => !/RequestId: /.test(text));
}

test("before anything was logged it is said so; a function that has not run has no group", async () => {
  expect(await stepwell.cli(["logs"])).toMatchObject({ exitCode: 0, stdout: "" });
  expect(await stepwell.cli(["logs", "shop"])).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining("made by its first invocation"),
  });
});

describe("what functions logged", () => {
  beforeAll(async () => {
    await say("first\nof two");
    await say('{"level":"ERROR","what":"second"}');
    await stepwell.cli(["invoke", "mailer"]);
    await vi.waitFor(async () => expect(await messages()).toHaveLength(4), 30_000);
  });

  test("is shown oldest first, of all functions or of one", async () => {
    expect(await messages()).toEqual([
      expect.stringMatching(/ INFO first of two$/),
      expect.stringContaining('"second"'),
      expect.stringMatching(/ ERROR no server$/),
      "raw text",
    ]);
    expect(await messages("mailer")).toHaveLength(2);
    expect(await messages("/aws/lambda/shop")).toHaveLength(2);
  });

  test("reads well on a terminal: time, function, level where it matters, each line by itself", async () => {
    const { lines } = await stepwell.cli(["logs"], { columns: 80 });
    const texts = lines.map((line) => line.replace(/^\d\d:\d\d:\d\d\.\d{3} /, ""));
    expect(texts.slice(0, 2)).toEqual(["shop | first", "shop | of two"]);
    expect(texts[2]).toMatch(/^shop \| took [\d.]+ ms, \d+ MB, after [\d.]+ ms to load$/);
    expect(texts.slice(-3)).toEqual([
      "mailer | ERROR no server",
      "mailer | raw\ttext",
      expect.stringMatching(/^mailer \| took /),
    ]);
  });

  test("is filtered by CloudWatch's patterns, by time and by number", async () => {
    expect(await messages("--filter", "second")).toHaveLength(1);
    expect(await messages("--filter", "?first ?server")).toHaveLength(2);
    expect(await messages("--since", "1h")).toHaveLength(4);
    expect(await messages("--since", "2040-01-01")).toEqual([]);
    expect((await stepwell.cli(["logs", "--max", "2"])).lines).toHaveLength(2);
    const refused = await stepwell.cli(["logs", "--filter", "{ broken"]);
    expect(refused).toMatchObject({ exitCode: 4, stderr: expect.stringContaining("InvalidParameter") });
  });

  test("is one document, or one for each line", async () => {
    const { events } = JSON.parse((await stepwell.cli(["logs", "mailer", "--json"])).stdout);
    const { lines } = await stepwell.cli(["logs", "mailer", "--jsonl"]);
    expect(lines.map((line) => JSON.parse(line))).toEqual(events);
    expect(events[0]).toEqual({
      logGroupName: "/aws/lambda/mailer",
      logStreamName: expect.stringContaining("[$LATEST]"),
      timestamp: expect.stringMatching(/Z$/),
      message: expect.stringMatching(/^START RequestId: /),
    });
  });
});

test("of two executions that share instances each has its own log, of every invocation, also while it runs", async () => {
  for (const id of ["alpha", "beta"]) {
    const payload = JSON.stringify({ id });
    await stepwell.cli(["invoke", "order", "--async", "--name", `order-${id}`, "--payload", payload]);
  }
  for (const [id, other] of [
    ["alpha", "beta"],
    ["beta", "alpha"],
  ]) {
    await vi.waitFor(async () => {
      const said = (await messages("--execution", `order-${id}`)).join("\n");
      expect(said).toContain(`order ${id}`);
      expect(said).toContain(`rested ${id}`);
      expect(said).toContain(`asked for ${id}`);
      expect(said).not.toContain(other);
    }, 30_000);
    expect(await messages("--execution", `order-${id}`, "--filter", "rested")).toEqual([`rested ${id}`]);
  }
  const wrong = await stepwell.cli(["logs", "shop", "--execution", "order-alpha"]);
  expect(wrong).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("is an execution of order") });
});

describe("a log that is followed", () => {
  test("goes on with each new line, after those since a time, none twice", async () => {
    await say("before");
    await vi.waitFor(async () =>
      expect(await messages("shop")).toContainEqual(expect.stringMatching(/before$/)),
    );
    const following = spawnCli([
      "logs",
      "shop",
      "--follow",
      "--since",
      "1m",
      "--jsonl",
      "--endpoint",
      stepwell.url,
    ]);
    await vi.waitFor(
      () => expect(following.written.stderr).toContain("Following shop until Ctrl-C."),
      30_000,
    );
    await vi.waitFor(() => expect(following.written.stdout).toContain("before"), 30_000);
    await say("while it is followed");
    await vi.waitFor(() => expect(following.written.stdout).toContain("while it is followed"), 30_000);
    const said = following.written.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).message as string);
    expect(said.filter((message) => message.endsWith("before\n") || message.endsWith("before"))).toHaveLength(
      1,
    );
    expect(said.filter((message) => message.includes("while it is followed"))).toHaveLength(1);
    following.signal("SIGINT");
    await following.ended;
  });

  test("follows one execution into invocations that begin later, and a function that has not run yet", async () => {
    await stepwell.createDurable(
      "fresh",
      `console.log("begins " + event.id); await context.wait("w", { seconds: 1 }); console.log("rested " + event.id);`,
    );
    const all = spawnCli(["logs", "fresh", "--follow", "--filter", "rested", "--endpoint", stepwell.url]);
    await vi.waitFor(() => expect(all.written.stderr).toContain("Following fresh"), 30_000);
    for (const id of ["c", "d"]) {
      await stepwell.cli([
        "invoke",
        "fresh",
        "--async",
        "--name",
        `fresh-${id}`,
        "--payload",
        `{"id":"${id}"}`,
      ]);
    }
    const one = spawnCli(["logs", "--follow", "--execution", "fresh-d", "--endpoint", stepwell.url]);
    await vi.waitFor(() => expect(one.written.stdout).toContain("rested d"), 30_000);
    await vi.waitFor(
      () => expect(all.written.stdout).toMatch(/rested c[\s\S]*rested d|rested d[\s\S]*rested c/),
      30_000,
    );
    expect(one.written.stdout).toContain("begins d");
    expect(one.written.stdout).not.toMatch(/(begins|rested) c/);
    expect(all.written.stdout).not.toContain("begins");
    for (const following of [one, all]) following.signal("SIGINT");
    await Promise.all([one.ended, all.ended]);
  });
});
