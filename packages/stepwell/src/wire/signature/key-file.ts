import { open } from "node:fs/promises";
import type { AccessKey } from "../../kernel/access-key.ts";

/** A key file that cannot be used, with what to do about it. */
export class KeyFileError extends Error {
  override readonly name = "KeyFileError";
}

const EXAMPLE = '[{ "AccessKeyId": "…", "SecretAccessKey": "…" }]';

/**
 * Reads the access keys that a server accepts: a JSON list of objects with AWS's names, AccessKeyId, SecretAccessKey
 * and, if there is one, SessionToken. Throws KeyFileError, also when everybody on the machine may read it.
 */
export async function readKeyFile(path: string): Promise<AccessKey[]> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw new KeyFileError(
      error.code === "ENOENT"
        ? `There is no key file ${path}. Write one: ${EXAMPLE}`
        : `The key file ${path} cannot be read: ${error.message}.`,
      { cause: error },
    );
  });
  let text: string;
  try {
    const { mode } = await file.stat();
    // Windows has no such bits and sets them all.
    if (process.platform !== "win32" && (mode & 0o007) !== 0) {
      throw new KeyFileError(
        `Everybody on this machine can use the key file ${path}. Run: chmod 600 ${path}`,
      );
    }
    text = await file.readFile("utf8");
  } catch (error) {
    if (error instanceof KeyFileError) throw error;
    throw new KeyFileError(`The key file ${path} cannot be read: ${(error as Error).message}.`, {
      cause: error,
    });
  } finally {
    await file.close();
  }
  return parseKeys(path, text);
}

function parseKeys(path: string, text: string): AccessKey[] {
  const refuse = (why: string) =>
    new KeyFileError(`The key file ${path} ${why}. It must look like ${EXAMPLE}`);
  let entries: unknown;
  try {
    entries = JSON.parse(text);
  } catch {
    // Not the parser's own words: they quote the file.
    throw refuse("is not JSON");
  }
  if (!Array.isArray(entries) || entries.length === 0) throw refuse("is not a list of access keys");
  const keys = new Map<string, AccessKey>();
  for (const [i, entry] of entries.entries()) {
    const key = parseKey(entry);
    if (!key) throw refuse(`has no usable access key as its entry ${i + 1}`);
    if (keys.has(key.accessKeyId)) throw refuse(`has the AccessKeyId ${key.accessKeyId} twice`);
    keys.set(key.accessKeyId, key);
  }
  return [...keys.values()];
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKey.html */
function parseKey(entry: unknown): AccessKey | undefined {
  if (typeof entry !== "object" || entry === null) return undefined;
  const { AccessKeyId, SecretAccessKey, SessionToken, ...rest } = entry as Record<string, unknown>;
  if (typeof AccessKeyId !== "string" || !/^\w{1,128}$/.test(AccessKeyId)) return undefined;
  if (typeof SecretAccessKey !== "string" || SecretAccessKey === "") return undefined;
  if (SessionToken !== undefined && typeof SessionToken !== "string") return undefined;
  if (Object.keys(rest).length > 0) return undefined;
  const key = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey };
  return SessionToken === undefined ? key : { ...key, sessionToken: SessionToken };
}
