import { isAbsolute } from "node:path";
import { AwsError } from "../kernel/errors.ts";
import type { Operation } from "../kernel/operations.ts";
import { StoreError } from "../store/errors.ts";

/** A store that can be copied while it is used. */
export interface BackupSource {
  backupTo(folder: string): Promise<void>;
}

/** Stepwell's own operation that copies a running node's data, for the operation table under `stepwell`. */
export function backupOperations(store: BackupSource): Readonly<Record<string, Operation>> {
  return {
    async BackupData(_context, { Folder }: { Folder: string }) {
      if (!isAbsolute(Folder)) {
        throw new AwsError(
          "ValidationException",
          `Folder is ${Folder}; it must be an absolute path on the server's machine.`,
        );
      }
      try {
        await store.backupTo(Folder);
      } catch (error) {
        throw asRefusal(error, Folder);
      }
      return { Folder };
    },
  };
}

/** What the store or the file system has against it is for the caller to mend. */
function asRefusal(error: unknown, folder: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  const refusal = (text: string) =>
    new AwsError("BackupRefusedException", text, { httpStatus: 409, cause: error });
  if (error instanceof StoreError) return refusal(message);
  if (code !== undefined) return refusal(`The backup could not be written to ${folder}: ${message}.`);
  return error;
}
