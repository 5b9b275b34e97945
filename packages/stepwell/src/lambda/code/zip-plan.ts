import type { Entry, ZipFile } from "yauzl";
import { invalidParameter } from "../errors.ts";

/** What one entry of a zip becomes. */
export interface PlannedEntry {
  readonly entry: Entry;
  /** Relative to the folder, its parts divided by slashes. */
  readonly path: string;
  readonly kind: "file" | "directory" | "link";
  /** Permission bits. */
  readonly mode: number;
}

/** AWS's limit for a function's code (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). */
export const UNPACKED_BYTES = 262_144_000;
/** AWS publishes none; this is beyond any deployment package seen, and keeps a hostile one from filling the inodes. */
const MOST_ENTRIES = 100_000;
/** Systems that put a Unix mode into an entry: Unix and Darwin. */
const UNIX_MAKERS = new Set([3, 19]);

/**
 * AWS's words for a zip that it does not take. The reason follows when the archive could be read but holds something
 * that must not be unpacked.
 */
export function unzippable(reason?: string) {
  const text = "Could not unzip uploaded file. Please check your file, then try to upload again.";
  return invalidParameter(reason === undefined ? text : `${text} (${reason})`);
}

/** Reads the directory of a zip and refuses it before anything is unpacked when any entry must not be. */
export async function planZip(zip: ZipFile): Promise<readonly PlannedEntry[]> {
  if (zip.entryCount === 0) throw invalidParameter("Uploaded file must be a non-empty zip");
  if (zip.entryCount > MOST_ENTRIES) throw unzippable(`It has more than ${MOST_ENTRIES} entries.`);
  const planned = new Map<string, PlannedEntry>();
  let bytes = 0;
  for await (const entry of zip.eachEntry()) {
    bytes += entry.uncompressedSize;
    if (bytes >= UNPACKED_BYTES) {
      throw invalidParameter(`Unzipped size must be smaller than ${UNPACKED_BYTES} bytes`);
    }
    const next = planEntry(entry);
    if (planned.has(next.path)) throw unzippable(`"${next.path}" is in it twice.`);
    planned.set(next.path, next);
  }
  return [...planned.values()];
}

/** yauzl has refused absolute paths, drive letters, `..` and backslashes already. */
function planEntry(entry: Entry): PlannedEntry {
  const name = entry.fileName;
  if (entry.isEncrypted()) throw unzippable(`"${name}" is encrypted.`);
  if (name.includes("\0")) throw unzippable("An entry's name contains a NUL.");
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  const mode = UNIX_MAKERS.has(entry.versionMadeBy >>> 8) ? entry.externalFileAttributes >>> 16 : 0;
  const kind = kindOf(name, mode);
  if (parts.length === 0 && kind !== "directory") throw unzippable(`"${name}" is no file name.`);
  return { entry, path: parts.join("/"), kind, mode: permissions(mode, kind) };
}

function kindOf(name: string, mode: number): PlannedEntry["kind"] {
  if (name.endsWith("/")) return "directory";
  switch (mode & 0o170000) {
    case 0:
    case 0o100000:
      return "file";
    case 0o120000:
      return "link";
    default:
      throw unzippable(`"${name}" is neither a file, a folder nor a symbolic link.`);
  }
}

/** The entry's own, and always enough for the owner to read it and to remove it again. */
function permissions(mode: number, kind: PlannedEntry["kind"]): number {
  const given = mode & 0o777;
  if (kind === "directory") return (given || 0o755) | 0o700;
  return (given || 0o644) | 0o600;
}
