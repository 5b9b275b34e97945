import type {
  AttemptEndInfo,
  AttemptInfo,
  CustomerFn,
  CustomerFnResult,
  DurableInstrumentationPlugin,
  InvocationEndInfo,
  InvocationInfo,
  OperationChangeInfo,
  OperationEndInfo,
  OperationInfo,
} from "./types/plugin.ts";

interface Hooks {
  onInvocationStart: InvocationInfo;
  onInvocationEnd: InvocationEndInfo;
  onOperationStart: OperationInfo;
  onOperationEnd: OperationEndInfo;
  onOperationAttemptStart: AttemptInfo;
  onOperationAttemptEnd: AttemptEndInfo;
  onOperationChange: OperationChangeInfo;
}

interface Wraps {
  wrapInvocation: InvocationInfo;
  wrapChildContextFn: OperationInfo;
  wrapOperationAttemptFn: AttemptInfo;
}

/** Runs the hooks of all plugins, so that no plugin can harm the execution or another plugin. */
export class Plugins {
  readonly #plugins: readonly DurableInstrumentationPlugin[];

  constructor(plugins: readonly DurableInstrumentationPlugin[]) {
    this.#plugins = plugins;
  }

  /** Calls one hook of every plugin at once and waits for all of them. */
  async run<H extends keyof Hooks>(hook: H, info: Hooks[H]): Promise<void> {
    await Promise.allSettled(
      this.#plugins.map(async (plugin) =>
        (plugin[hook] as ((info: Hooks[H]) => Promise<void>) | undefined)?.(info),
      ),
    );
  }

  /** Runs `fn` inside the wrappers of all plugins. */
  wrap<W extends keyof Wraps>(hook: W, info: Wraps[W], fn: CustomerFn): CustomerFnResult {
    let ran = false;
    const body = once(() => {
      ran = true;
      return fn();
    });
    const wrappers = this.#plugins.filter((plugin) => plugin[hook]);
    const chain = wrappers.reduceRight<CustomerFn>(
      (next, plugin) =>
        once(() => {
          try {
            return (plugin[hook] as Wrapper<Wraps[W]>).call(plugin, info, next);
          } catch {
            return next();
          }
        }),
      body,
    );
    const outcome = chain();
    if (!isThenable(outcome)) return ran ? outcome : body();
    // What the function did counts, whatever a wrapper made of it: its error is thrown even if a wrapper caught it.
    return outcome.then(
      async (value) => {
        await body();
        return value;
      },
      () => body(),
    );
  }

  /** What every plugin adds to a log line. */
  logFields(): Record<string, unknown> {
    const fields = {};
    for (const plugin of this.#plugins) {
      try {
        Object.assign(fields, plugin.enrichLogContext?.());
      } catch {
        // A plugin must not keep a line from being written.
      }
    }
    return fields;
  }
}

type Wrapper<Info> = (info: Info, fn: CustomerFn) => CustomerFnResult;

function isThenable(value: unknown): value is Promise<unknown> {
  return typeof (value as Promise<unknown> | undefined)?.then === "function";
}

/** Runs `fn` at the first call; every call returns or throws what that did. */
function once(fn: CustomerFn): CustomerFn {
  let outcome: { result: unknown } | { thrown: unknown } | undefined;
  return () => {
    if (!outcome) {
      try {
        outcome = { result: fn() };
      } catch (thrown) {
        outcome = { thrown };
      }
    }
    if ("thrown" in outcome) throw outcome.thrown;
    return outcome.result;
  };
}
