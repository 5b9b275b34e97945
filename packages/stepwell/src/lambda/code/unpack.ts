import { createWriteStream } from "node:fs";
import { chmod, mkdir, realpath, symlink } from "node:fs/promises";
import { dirname, isAbsolute, join, sep } from "node:path";
import { Transform } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { crc32 } from "node:zlib";
import { fromBufferPromise, type ZipFile } from "yauzl";
import { AwsError } from "../../kernel/errors.ts";
import { type PlannedEntry, planZip, unzippable } from "./zip-plan.ts";

/** What the file system's complaints about names mean for the archive. */
const CLASH = "Two of its names stand in each other's way.";
const NO_NAME = "One of its names is not possible on this machine's disk.";
const NAME_PROBLEMS: Readonly<Record<string, string>> = {
  EEXIST: CLASH,
  ENOTDIR: CLASH,
  EISDIR: CLASH,
  ENAMETOOLONG: NO_NAME,
  EINVAL: NO_NAME,
  EILSEQ: NO_NAME,
};

/**
 * Unpacks a deployment package into an empty folder. A package that AWS would not take, and one that would write
 * outside the folder or fill the disk, throws InvalidParameterValueException and leaves a part of itself in the
 * folder, for the caller to remove. Errors of the disk pass through as they are.
 */
export async function unpackZip(bytes: Uint8Array, folder: string): Promise<void> {
  try {
    const zip = await openZip(bytes);
    await writeEntries(zip, await planZip(zip), await realpath(folder));
  } catch (error) {
    throw asRefusal(error);
  }
}

/** How many bytes a package has when it is unpacked. Throws as unpackZip does of what its directory alone tells. */
export async function unpackedSize(bytes: Uint8Array): Promise<number> {
  try {
    const entries = await planZip(await openZip(bytes));
    return entries.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0);
  } catch (error) {
    throw asRefusal(error);
  }
}

function openZip(bytes: Uint8Array): Promise<ZipFile> {
  return fromBufferPromise(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
    strictFileNames: true,
    // Inflating stops as soon as an entry has more bytes than it declares, so the declared sum is the real one.
    validateEntrySizes: true,
  });
}

async function writeEntries(zip: ZipFile, entries: readonly PlannedEntry[], folder: string): Promise<void> {
  // Links last, so that nothing is written through one.
  for (const planned of entries) {
    if (planned.kind !== "link") await writeEntry(zip, planned, join(folder, planned.path));
  }
  const links = entries.filter(({ kind }) => kind === "link");
  for (const planned of links) await writeLink(zip, planned, join(folder, planned.path));
  // Only now is it known where a link to a link leads.
  for (const { path } of links) await requireInside(folder, path);
}

async function writeEntry(zip: ZipFile, planned: PlannedEntry, path: string): Promise<void> {
  if (planned.kind === "directory") {
    await mkdir(path, { recursive: true });
    return chmod(path, planned.mode);
  }
  await mkdir(dirname(path), { recursive: true });
  const content = await zip.openReadStreamPromise(planned.entry);
  await pipeline(content, checksum(planned), createWriteStream(path, { flags: "wx", mode: planned.mode }));
  // The process's umask has had its say in createWriteStream.
  await chmod(path, planned.mode);
}

/** yauzl leaves the checksum to its caller. */
function checksum({ path, entry }: PlannedEntry): Transform {
  let sum = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sum = crc32(chunk, sum);
      done(null, chunk);
    },
    flush(done) {
      done(sum === entry.crc32 ? null : unzippable(`"${path}" is damaged: its checksum does not fit.`));
    },
  });
}

async function writeLink(zip: ZipFile, { path, entry }: PlannedEntry, at: string): Promise<void> {
  const target = (await buffer(await zip.openReadStreamPromise(entry))).toString();
  if (target === "" || target.includes("\0") || isAbsolute(target)) throw leadsOutside(path);
  await mkdir(dirname(at), { recursive: true });
  await symlink(target, at);
}

async function requireInside(folder: string, path: string): Promise<void> {
  const target = await realpath(join(folder, path)).catch(() => undefined);
  if (target !== folder && !target?.startsWith(folder + sep)) throw leadsOutside(path);
}

function leadsOutside(path: string): AwsError {
  return unzippable(`The symbolic link "${path}" leads outside of the package, or nowhere.`);
}

/** Whatever the archive's own fault is becomes AWS's refusal. */
function asRefusal(error: unknown): unknown {
  if (error instanceof AwsError) return error;
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (syscall === undefined) {
    // yauzl names what is wrong with an entry's name; its other complaints, and zlib's, mean a broken archive.
    const named = /^(invalid characters in fileName|absolute path|invalid relative path): /.test(message);
    return unzippable(named ? `${message}.` : undefined);
  }
  const reason = NAME_PROBLEMS[code ?? ""];
  return reason === undefined ? error : unzippable(reason);
}
