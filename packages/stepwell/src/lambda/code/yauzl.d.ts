/** The part of yauzl 3 that zip.ts uses (https://github.com/thejoshwolfe/yauzl); the package brings no types. */
declare module "yauzl" {
  import type { Readable } from "node:stream";

  export interface Entry {
    readonly fileName: string;
    /** The upper byte says which kind of system made the entry. */
    readonly versionMadeBy: number;
    /** The upper half is the Unix mode when a Unix made the entry. */
    readonly externalFileAttributes: number;
    readonly uncompressedSize: number;
    readonly crc32: number;
    isEncrypted(): boolean;
  }

  export interface ZipFile {
    readonly entryCount: number;
    eachEntry(): AsyncIterable<Entry>;
    openReadStreamPromise(entry: Entry): Promise<Readable>;
  }

  export function fromBufferPromise(
    buffer: Buffer,
    options?: { strictFileNames?: boolean; validateEntrySizes?: boolean },
  ): Promise<ZipFile>;
}
