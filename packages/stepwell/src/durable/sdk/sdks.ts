import * as aws from "@aws/durable-execution-sdk-js";
import * as ours from "@stepwell/durable";

/** For describe.each, where both SDKs have to do the same. */
export const BOTH: [name: string, sdk: typeof ours][] = [
  ["Stepwell's SDK", ours],
  ["AWS's SDK", aws as unknown as typeof ours],
];

/** Real time, for code outside operations. */
export { setTimeout as sleep } from "node:timers/promises";
