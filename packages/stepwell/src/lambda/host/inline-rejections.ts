import { AsyncLocalStorage } from "node:async_hooks";
import { unhandledRejection } from "./instance/function-error.ts";

/** Told of a rejection that nobody has handled. */
type Owner = (reason: unknown) => void;

/** By the code that runs: the invocation it belongs to, until that has ended. */
const owners = new AsyncLocalStorage<{ owner: Owner | undefined }>();
let listening = false;

/**
 * Resolves to what `call` does, unless something in it leaves a rejection unhandled before: AWS's runtime ends then, and
 * this rejects with its error. What is rejected tells the execution to all others who listen, such as test runners.
 */
export function untilRejection<T>(call: () => Promise<T>, executionArn: string | undefined): Promise<T> {
  if (!listening) {
    listening = true;
    process.prependListener("unhandledRejection", tell);
  }
  return new Promise((resolve, reject) => {
    const invocation: { owner: Owner | undefined } = {
      owner: (reason) => {
        if (executionArn !== undefined && reason instanceof Error && Object.isExtensible(reason)) {
          Object.assign(reason, { executionArn });
        }
        reject(unhandledRejection(reason, executionArn));
      },
    };
    const end = (): void => {
      invocation.owner = undefined;
    };
    owners.run(invocation, () => call().finally(end).then(resolve, reject));
  });
}

/** What is nobody's ends the process, as it does where nothing listens; others who listen decide for themselves. */
function tell(reason: unknown): void {
  const owner = owners.getStore()?.owner;
  if (owner) owner(reason);
  else if (process.listenerCount("unhandledRejection") === 1) throw reason;
}
