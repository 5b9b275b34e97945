import { invalidToken } from "./errors.ts";

/** What a checkpoint token stands for: the counter-th checkpoint of an invocation. Never a row's seq, since an outside event must not make a running handler's token stale. */
export interface CheckpointToken {
  readonly executionId: string;
  readonly epoch: number;
  readonly counter: number;
}

/** AWS's model wants base64 (`[A-Za-z0-9+/]+={0,2}`). */
export function encodeToken({ executionId, epoch, counter }: CheckpointToken): string {
  // One is made for every checkpoint, and by way of a Buffer that takes four times as long.
  return btoa(`${epoch}.${counter}.${executionId}`);
}

export function decodeToken(token: string): CheckpointToken {
  const match = /^(\d{1,15})\.(\d{1,15})\.([0-9a-f-]{36})$/.exec(
    Buffer.from(token, "base64").toString("latin1"),
  );
  if (!match) throw invalidToken("it is not a token that this service gave out.");
  return { epoch: Number(match[1]), counter: Number(match[2]), executionId: match[3]! };
}
