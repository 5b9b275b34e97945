import { stat } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { AwsError, notSupported } from "../kernel/errors.ts";
import type { Store } from "../store/store.ts";
import type { CodeCache } from "./code/code-cache.ts";
import { unpackedSize } from "./code/unpack.ts";
import { invalidParameter } from "./errors.ts";
import { requireFit, type UsedLayer } from "./layers/use.ts";
import type { CodePackage, CodeSource } from "./record.ts";

/** Where a request takes code from: the members of FunctionCode, and of UpdateFunctionCode. */
export interface CodeInput {
  readonly ZipFile?: Uint8Array;
  readonly S3Bucket?: string;
  readonly S3Key?: string;
  readonly S3ObjectVersion?: string;
  readonly ImageUri?: string;
}

interface TakeOptions {
  /** What the code is used with: all of it together has a limit. */
  readonly layers?: readonly UsedLayer[];
  /** Only to tell whether it would be taken. */
  readonly dryRun?: boolean;
}

/** The bucket name that means "run this folder as it is, and watch it", as LocalStack's users write it. */
const HOT_RELOAD_BUCKET = "hot-reload";
/** The same without watching, for a folder that its functions write into: UpdateFunctionCode says what is new. */
export const LOCAL_FOLDER_BUCKET = "local-folder";

/** AWS's limit for a zip inside a request, and what it says of the request that carries a larger one. */
const ZIP_BYTES = 50 * 1024 * 1024;
const REQUEST_BYTES = 70_167_211;

/** Turns uploads into code that functions can run from. */
export class CodeUploads {
  readonly #store: Store;
  readonly #cache: CodeCache;

  constructor(store: Store, cache: CodeCache) {
    this.#store = store;
    this.#cache = cache;
  }

  /**
   * Checks the code of a request and stores it; nothing is stored when it throws, nor by a dry run. `operation` names
   * the request in the text of an error.
   */
  async take(operation: string, input: CodeInput, options: TakeOptions = {}): Promise<CodeSource> {
    if (input.ImageUri !== undefined) {
      throw notSupported("functions from container images (ImageUri)", "Upload a zip as ZipFile.");
    }
    if (input.ZipFile !== undefined) {
      if (input.S3Bucket !== undefined || input.S3Key !== undefined) {
        throw invalidParameter(
          "Please do not provide other FunctionCode parameters when providing a ZipFile.",
        );
      }
      return this.#zip(operation, input.ZipFile, options);
    }
    if (input.S3Bucket === undefined || input.S3Key === undefined) {
      throw invalidParameter("Please provide a source for function code.");
    }
    const watched = input.S3Bucket === HOT_RELOAD_BUCKET;
    if (!watched && input.S3Bucket !== LOCAL_FOLDER_BUCKET) {
      throw notSupported(
        `functions from S3 (the bucket ${input.S3Bucket})`,
        `Upload the zip as ZipFile, or set S3Bucket to "${HOT_RELOAD_BUCKET}" and S3Key to the absolute path of a folder.`,
      );
    }
    return { folder: await existingFolder(input.S3Bucket, input.S3Key), watched };
  }

  /** The same for what can be a zip only. */
  async takePackage(operation: string, input: CodeInput): Promise<Required<CodePackage>> {
    if (input.ZipFile !== undefined) return this.#zip(operation, input.ZipFile, {});
    if (input.S3Bucket === undefined)
      throw invalidParameter("Please provide a source for the layer's content.");
    throw notSupported(`layers from S3 (the bucket ${input.S3Bucket})`, "Upload the zip as ZipFile.");
  }

  async #zip(
    operation: string,
    zip: Uint8Array,
    { layers = [], dryRun = false }: TakeOptions,
  ): Promise<Required<CodePackage>> {
    if (zip.length > ZIP_BYTES) {
      throw new AwsError(
        "RequestEntityTooLargeException",
        `Request must be smaller than ${REQUEST_BYTES} bytes for the ${operation} operation`,
        { httpStatus: 413 },
      );
    }
    // Unpacking is the check; the blob is what stays when the unpacked folder is deleted.
    const unpackedBytes = await unpackedSize(zip);
    requireFit(unpackedBytes, layers);
    const { sha256 } = await (dryRun ? this.#cache.check(zip) : this.#cache.add(zip));
    if (!dryRun) await this.#store.putBlob(zip);
    return { sha256, sizeBytes: zip.length, unpackedBytes };
  }
}

async function existingFolder(bucket: string, path: string): Promise<string> {
  if (!isAbsolute(path)) {
    throw invalidParameter(
      `The ${bucket} folder "${path}" is not an absolute path. Give S3Key the whole path of the folder with the code.`,
    );
  }
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) {
    throw invalidParameter(
      `The ${bucket} folder "${path}" ${found ? "is not a folder" : "does not exist"}. ` +
        "Give S3Key the path of a folder with the code.",
    );
  }
  return path;
}
