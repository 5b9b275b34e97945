import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readKeyFile } from "./key-file.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stepwell-keys-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function written(text: string, mode = 0o600): Promise<string> {
  const path = join(folder, "keys.json");
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

test("a key file is a list of access keys under AWS's names", async () => {
  const path = await written(
    '[{"AccessKeyId":"AKIA1","SecretAccessKey":"s/1+"},{"AccessKeyId":"ASIA2","SecretAccessKey":"s2","SessionToken":"t"}]',
  );
  expect(await readKeyFile(path)).toEqual([
    { accessKeyId: "AKIA1", secretAccessKey: "s/1+" },
    { accessKeyId: "ASIA2", secretAccessKey: "s2", sessionToken: "t" },
  ]);
});

test.for([
  ["{secret", "is not JSON"],
  ['{"AKIA1":"secret"}', "is not a list of access keys"],
  ["[]", "is not a list of access keys"],
  ['[{"AccessKeyId":"AKIA1"}]', "has no usable access key as its entry 1"],
  ['[{"AccessKeyId":"AKIA1","SecretAccessKey":"secret"},7]', "has no usable access key as its entry 2"],
  ['[{"AccessKeyId":"A K","SecretAccessKey":"secret"}]', "has no usable access key as its entry 1"],
  ['[{"AccessKeyId":"AKIA1","SecretAccessKey":"secret","Secret":"x"}]', "has no usable access key"],
  [
    '[{"AccessKeyId":"AKIA1","SecretAccessKey":"secret"},{"AccessKeyId":"AKIA1","SecretAccessKey":"other"}]',
    "has the AccessKeyId AKIA1 twice",
  ],
])("%s is refused without a word of its secrets", async ([text, reason]) => {
  const path = await written(text!);
  const error = await readKeyFile(path).catch((error: Error) => error);
  expect(error).toMatchObject({ name: "KeyFileError", message: expect.stringContaining(reason!) });
  expect((error as Error).message).not.toContain("secret");
});

test.skipIf(process.platform === "win32").for([0o644, 0o602])(
  "a key file that everybody on the machine can use is refused (mode %s)",
  async (mode) => {
    const path = await written('[{"AccessKeyId":"AKIA1","SecretAccessKey":"s"}]', mode);
    await expect(readKeyFile(path)).rejects.toThrow(`Run: chmod 600 ${path}`);
  },
);

test("a key file that is not there is named, with what to write into it", async () => {
  await expect(readKeyFile(join(folder, "none"))).rejects.toThrow(
    /There is no key file .*none\. Write one: \[/,
  );
});
