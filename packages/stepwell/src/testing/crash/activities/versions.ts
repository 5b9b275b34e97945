import { createHash } from "node:crypto";
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  type LambdaClient,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { expect } from "vitest";
import { makeZip } from "../../../lambda/fixtures/zip.ts";
import type { Activity } from "./activity.ts";

const UPDATES = 3;

/** New code for a function, again and again, and a version of each. */
export class Versions implements Activity {
  /** What a package returns, by its hash. */
  readonly #packages = new Map<string, number>();
  #sent = 0;
  /** The last update that was acknowledged. */
  #updated = 0;
  /** The hash of each version that was acknowledged. */
  readonly #published = new Map<string, string>();

  async drive(client: LambdaClient): Promise<void> {
    await this.#checkLatest(client);
    while (this.#updated < UPDATES) {
      const number = ++this.#sent;
      const ZipFile = packageOf(number);
      this.#packages.set(createHash("sha256").update(ZipFile).digest("base64"), number);
      await client.send(new UpdateFunctionCodeCommand({ FunctionName: "versioned", ZipFile }));
      this.#updated = number;
      await this.#checkLatest(client);
      const published = await client.send(new PublishVersionCommand({ FunctionName: "versioned" }));
      this.#published.set(published.Version!, published.CodeSha256!);
      expect(this.#packages.get(published.CodeSha256!)).toBe(number);
    }
    await this.#checkVersions(client);
  }

  check(): void {
    expect(this.#updated).toBeGreaterThanOrEqual(UPDATES);
  }

  /** What was acknowledged is in force, or else something that was sent later, and it is whole. */
  async #checkLatest(client: LambdaClient): Promise<void> {
    const command = new GetFunctionConfigurationCommand({ FunctionName: "versioned" });
    const number = this.#packages.get((await client.send(command)).CodeSha256!) ?? 0;
    expect(number).toBeGreaterThanOrEqual(this.#updated);
    expect(number).toBeLessThanOrEqual(this.#sent);
    await this.#checkAnswer(client, "$LATEST", number);
  }

  async #checkVersions(client: LambdaClient): Promise<void> {
    const command = new ListVersionsByFunctionCommand({ FunctionName: "versioned" });
    const [, ...versions] = (await client.send(command)).Versions!;
    expect(versions.map(({ Version }) => Version)).toEqual(versions.map((_, i) => String(i + 1)));
    for (const [version, hash] of this.#published) {
      expect(versions[Number(version) - 1]).toMatchObject({ CodeSha256: hash });
    }
    for (const { Version, CodeSha256 } of versions) {
      await this.#checkAnswer(client, Version!, this.#packages.get(CodeSha256!)!);
    }
  }

  async #checkAnswer(client: LambdaClient, Qualifier: string, number: number): Promise<void> {
    const command = new InvokeCommand({ FunctionName: "versioned", Qualifier });
    const { FunctionError, Payload } = await client.send(command);
    if (!FunctionError) expect(Payload!.transformToString(), `version ${Qualifier}`).toBe(String(number));
  }
}

/** A package whose function returns a number; 0 is the first. */
export function packageOf(number: number): Buffer {
  return makeZip([{ name: "index.mjs", content: `export const handler = async () => ${number};` }]);
}
