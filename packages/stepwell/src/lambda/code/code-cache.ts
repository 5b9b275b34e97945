import { createHash } from "node:crypto";
import { access, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Ids } from "../../kernel/ids.ts";
import { overlay } from "./overlay.ts";
import { unpackZip } from "./unpack.ts";

/** What this cache makes: a folder under its SHA-256, or one that is not complete yet. */
const MADE_HERE = /^([0-9a-f]{64})(?:\.[0-9a-f-]{36})?$/;

/**
 * Unpacked deployment packages, one folder each under its SHA-256: whoever needs the same code uses the same folder.
 * Layers that are used together have a folder with all of them, under a SHA-256 of theirs.
 * A folder appears complete or not at all, so a crash leaves at most a temporary one behind. Everything here can be
 * deleted while Stepwell does not run; it is made again from the stored zips.
 */
export class CodeCache {
  readonly #root: string;
  readonly #ids: Ids;
  /** Folders that are there, or are being made. */
  readonly #folders = new Map<string, Promise<string>>();
  /** Names of folders that are not complete yet. */
  readonly #temporary = new Set<string>();
  /** Folders that are being removed. */
  readonly #removals = new Map<string, Promise<void>>();

  constructor(root: string, ids: Ids) {
    this.#root = root;
    this.#ids = ids;
  }

  /** Checks and unpacks a zip; throws as unpackZip does, leaving nothing behind. */
  async add(zip: Uint8Array): Promise<{ readonly sha256: string; readonly folder: string }> {
    const sha256 = sha256Of(zip);
    return { sha256, folder: await this.folder(sha256, async () => zip) };
  }

  /** Checks a zip as `add` does, and keeps nothing. */
  async check(zip: Uint8Array): Promise<{ readonly sha256: string }> {
    const sha256 = sha256Of(zip);
    await this.#inTemporary(sha256, (temporary) => unpackZip(zip, temporary));
    return { sha256 };
  }

  /** Where a zip is unpacked, unpacking it first when it is not; `load` fetches its bytes then. */
  folder(sha256: string, load: () => Promise<Uint8Array>): Promise<string> {
    return this.#folder(sha256, async (folder) => unpackZip(await load(), folder));
  }

  /** Where the contents of several packages lie together; what a later one has replaces what earlier ones have. */
  merged(packages: readonly string[], unpacked: (sha256: string) => Promise<string>): Promise<string> {
    if (packages.length === 1) return unpacked(packages[0]!);
    const key = sha256Of(packages.join("+"));
    return this.#folder(key, async (folder) => {
      for (const sha256 of packages) await overlay(await unpacked(sha256), folder);
    });
  }

  /**
   * Removes what earlier processes left: packages that are not `used` any more and folders that never became complete.
   * What this process uses stays. Only for a folder that no other process uses now.
   */
  async sweep(used: ReadonlySet<string>): Promise<void> {
    const names = await readdir(this.#root).catch(() => []);
    for (const name of names) {
      const sha256 = MADE_HERE.exec(name)?.[1];
      if (sha256 === undefined) continue;
      const complete = name === sha256;
      if (complete ? used.has(sha256) || this.#folders.has(sha256) : this.#temporary.has(name)) continue;
      const removal = rm(join(this.#root, name), { recursive: true, force: true });
      this.#removals.set(
        sha256,
        removal.catch(() => {}),
      );
      await removal.finally(() => this.#removals.delete(sha256));
    }
  }

  #folder(sha256: string, fill: (folder: string) => Promise<void>): Promise<string> {
    let folder = this.#folders.get(sha256);
    if (!folder) {
      folder = this.#make(sha256, fill);
      this.#folders.set(sha256, folder);
      folder.catch(() => this.#folders.delete(sha256));
    }
    return folder;
  }

  async #make(sha256: string, fill: (folder: string) => Promise<void>): Promise<string> {
    await this.#removals.get(sha256);
    const folder = join(this.#root, sha256);
    if (await exists(folder)) return folder;
    await this.#inTemporary(sha256, async (temporary) => {
      await fill(temporary);
      await rename(temporary, folder).catch(async (error) => {
        // Another process was faster.
        if (!(await exists(folder))) throw error;
      });
    });
    return folder;
  }

  async #inTemporary(sha256: string, act: (folder: string) => Promise<void>): Promise<void> {
    const name = `${sha256}.${this.#ids.uuid()}`;
    const folder = join(this.#root, name);
    this.#temporary.add(name);
    try {
      await mkdir(folder, { recursive: true });
      await act(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
      this.#temporary.delete(name);
    }
  }
}

function sha256Of(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
