import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AnySerdes, SerdesContext } from "./serdes.ts";

/** When a value goes to a file. */
export const FileSystemSerdesMode = {
  /** Always. The default. */
  ALWAYS: "ALWAYS",
  /** When it is too large to be stored with the operation (255 KiB). */
  OVERFLOW: "OVERFLOW",
} as const;
export type FileSystemSerdesMode = (typeof FileSystemSerdesMode)[keyof typeof FileSystemSerdesMode];

/** How executions and operations become names of folders and files. */
export const FileSystemPathEncoding = {
  /** Readable: function, execution name, invocation id, then the operation. The default. */
  URI: "URI",
  /** SHA-256, for file systems with short names. */
  HASH: "HASH",
} as const;
export type FileSystemPathEncoding = (typeof FileSystemPathEncoding)[keyof typeof FileSystemPathEncoding];

export interface FileSystemSerdesConfig {
  storageMode?: FileSystemSerdesMode;
  pathEncoding?: FileSystemPathEncoding;
  /** What is stored with the operation beside the file's path; see buildPreview. */
  generatePreview?: (value: unknown) => Record<string, unknown> | undefined;
}

const MOST_INLINE_BYTES = 255 * 1024;
const ARN = /^arn:[^:]*:lambda:[^:]*:[^:]*:function:([^:/]+):[^:/]+\/durable-execution\/([^/]+)\/([^/]+)$/;

/**
 * Keeps values as JSON files under a folder that all invocations share, such as an EFS mount, and stores only the
 * path: `{"file": path, "preview"?: …}`, or `{"data": JSON}` for a value that needed no file.
 */
export function createFileSystemSerdes(basePath: string, config: FileSystemSerdesConfig = {}): AnySerdes {
  const encoding = config.pathEncoding ?? FileSystemPathEncoding.URI;
  return {
    serialize: async (value, context) => {
      if (value === undefined) return undefined;
      const json = JSON.stringify(value);
      if (config.storageMode === "OVERFLOW") {
        const inline = JSON.stringify({ data: json });
        if (Buffer.byteLength(inline) <= MOST_INLINE_BYTES) return inline;
      }
      const file = await write(basePath, json, context, encoding);
      const preview = config.generatePreview?.(value);
      return JSON.stringify(preview ? { file, preview } : { file });
    },
    deserialize: async (data) => {
      if (data === undefined) return undefined;
      const stored = JSON.parse(data) as { file?: string; data?: string };
      return JSON.parse(stored.file === undefined ? stored.data! : await readFile(stored.file, "utf8"));
    },
  };
}

async function write(
  basePath: string,
  json: string,
  { durableExecutionArn: arn, entityId }: SerdesContext,
  encoding: FileSystemPathEncoding,
): Promise<string> {
  const parts = encoding === "URI" ? ARN.exec(arn)?.slice(1) : undefined;
  const folder = join(basePath, ...(parts ?? [encoded(arn, encoding)]));
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${encoded(entityId, encoding)}.json`);
  await writeFile(file, json);
  return file;
}

function encoded(name: string, encoding: FileSystemPathEncoding): string {
  return encoding === "HASH" ? createHash("sha256").update(name).digest("hex") : encodeURIComponent(name);
}
