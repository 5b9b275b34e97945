import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { spawnDev } from "../fixtures/dev-process.ts";
import { runCli } from "../fixtures/terminal.ts";

const KEY = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" };

/** A function that calls another by AWS's client, with nothing but what its environment says. */
const APP = `export default { functions: { caller: { handler: "app.caller" }, callee: { handler: "app.callee" } } };`;
const HANDLERS = `
  import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
  export const callee = async () => "called";
  export const caller = async () => {
    const { Payload } = await new LambdaClient({}).send(new InvokeCommand({ FunctionName: "callee" }));
    return JSON.parse(Buffer.from(Payload));
  };`;

let folder: string;
let keyFile: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stepwell-auth-"));
  keyFile = join(folder, "keys.json");
  await writeFile(keyFile, '[{"AccessKeyId":"AKIDEXAMPLE","SecretAccessKey":"secret"}]', { mode: 0o600 });
  await writeFile(join(folder, "stepwell.config.mjs"), APP);
  await writeFile(join(folder, "app.mjs"), HANDLERS);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("a server with keys serves those who have one, its own functions included, on every address", async () => {
  const dev = await spawnDev([folder, "--memory", "--port", "0", "--host", "0.0.0.0", "--auth", keyFile]);
  try {
    const cli = (env: Record<string, string>, ...argv: string[]) =>
      runCli(argv, { env: { AWS_ENDPOINT_URL: dev.url, ...env } });
    expect(await cli(KEY, "invoke", "caller")).toMatchObject({ exitCode: 0, stdout: '"called"\n' });
    expect(await cli({}, "invoke", "caller")).toMatchObject({ exitCode: 4, stdout: "" });
    expect(await cli({ ...KEY, AWS_SECRET_ACCESS_KEY: "stepwell" }, "invoke", "caller")).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining("The request signature we calculated does not match"),
    });
    expect(dev.written.stderr).toContain("functions  callee, caller");
    expect(dev.written.stderr).toContain("AWS_ACCESS_KEY_ID=AKIDEXAMPLE");
    expect(dev.written.stderr).not.toContain("secret\n");
  } finally {
    await dev.stop();
  }
});

test("without keys only this machine is listened to", async () => {
  const dev = await spawnDev([folder, "--memory", "--port", "0", "--host", "0.0.0.0"]);
  expect(await dev.ended).toMatchObject({ exitCode: 4 });
  expect(dev.written.stderr).toContain("could run code on this machine");
  expect(dev.written.stderr).toContain("stepwell dev --auth FILE");
});

test("a node that may not listen is told how by its own command", async () => {
  const argv = ["start", "--store", join(folder, "data"), "--port", "0", "--host", "0.0.0.0"];
  const { exitCode, stderr } = await runCli(argv, { env: {} });
  expect([exitCode, stderr]).toEqual([4, expect.stringContaining("stepwell start --auth FILE")]);
});

test("a key file for everybody's eyes keeps the server from starting", async () => {
  const open = join(folder, "open.json");
  await writeFile(open, "[]");
  await chmod(open, 0o644);
  const dev = await spawnDev([folder, "--memory", "--port", "0", "--auth", open]);
  expect(await dev.ended).toMatchObject({ exitCode: 4 });
  expect(dev.written.stderr).toContain(`chmod 600 ${open}`);
});
