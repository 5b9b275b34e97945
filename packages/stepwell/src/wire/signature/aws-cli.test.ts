import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { RealClock } from "../../kernel/clock.ts";
import { listenRecording } from "../fixtures/served.ts";
import { SignatureVerifier } from "./verifier.ts";

/** It signs by code of its own (botocore). Where it is not installed these tests are skipped, and say so. */
const installed = spawnSync("aws", ["--version"]).status === 0;
const run = promisify(execFile);

test.skipIf(!installed)(
  "AWS's command line with a key of the server's is served, and with another refused",
  async () => {
    const keys = [{ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" }];
    await using served = await listenRecording(new SignatureVerifier({ keys, clocks: [new RealClock()] }));
    const aws = (secret: string, ...words: string[]) =>
      run("aws", [...words, "--endpoint-url", served.listener.url, "--region", "eu-west-1"], {
        env: {
          PATH: process.env.PATH,
          HOME: process.env.HOME,
          AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
          AWS_SECRET_ACCESS_KEY: secret,
        },
      });
    const name = "arn:aws:lambda:eu-west-1:000000000000:function:a:live";

    await aws(
      "secret",
      "lambda",
      "invoke",
      "--function-name",
      name,
      "--payload",
      "eyJhIjoxfQ==",
      "/dev/null",
    );
    await aws("secret", "logs", "describe-log-groups", "--log-group-name-prefix", "/aws/");
    expect(served.calls.map(({ operation }) => operation)).toEqual([
      "lambda.Invoke",
      "logs.DescribeLogGroups",
    ]);

    await expect(aws("another", "lambda", "get-function", "--function-name", name)).rejects.toThrow(
      /\(InvalidSignatureException\) when calling the GetFunction operation: The request signature we calculated/,
    );
    expect(served.calls).toHaveLength(2);
  },
  60_000,
);
