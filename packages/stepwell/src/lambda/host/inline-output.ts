import { AsyncLocalStorage } from "node:async_hooks";
import { format } from "node:util";

/** Where the output of one invocation goes. */
export interface InvocationOutput {
  /** A call of a method of the console. */
  line(level: string, message: string): void;
  /** What was written to a standard stream. */
  text(text: string): void;
}

const CONSOLE = { trace: "TRACE", debug: "DEBUG", info: "INFO", log: "INFO", warn: "WARN", error: "ERROR" };

const outputs = new AsyncLocalStorage<InvocationOutput>();
/** Functions of the console and the streams that take notice of what goes through them. */
const noticing = new WeakSet<object>();
/** A noticed call is on its way to the original, which may write through another noticed one. */
let passing = false;

/**
 * Runs code of one invocation, whose output is then told apart from everyone else's. All output also goes where it
 * went before.
 */
export function withOutputTo<T>(output: InvocationOutput, run: () => T): T {
  for (const [method, level] of Object.entries(CONSOLE)) {
    notice(console, method as "log", (to, args) => to.line(level, format(...args)));
  }
  for (const stream of [process.stdout, process.stderr]) {
    notice(stream, "write", (to, [chunk]) => to.text(Buffer.from(chunk as string | Uint8Array).toString()));
  }
  return outputs.run(output, run);
}

/** Replaces a method, unless it is noticed already or a test's mock, which must stay what the test asserts on. */
function notice<K extends string>(
  owner: Record<K, (...args: never[]) => unknown>,
  method: K,
  tell: (output: InvocationOutput, args: readonly unknown[]) => void,
): void {
  const original = owner[method] as (...args: unknown[]) => unknown;
  if (noticing.has(original) || "mock" in original) return;
  const noticed = function (this: unknown, ...args: unknown[]): unknown {
    if (passing) return original.apply(this, args);
    const output = outputs.getStore();
    if (output) tell(output, args);
    passing = true;
    try {
      return original.apply(this, args);
    } finally {
      passing = false;
    }
  };
  noticing.add(noticed);
  owner[method] = noticed as (typeof owner)[K];
}
