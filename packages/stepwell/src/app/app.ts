import { join, resolve, sep } from "node:path";
import { type Clock, RealClock } from "../kernel/clock.ts";
import { type CallContext, DEFAULT_ACCOUNT, DEFAULT_REGION } from "../kernel/context.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Logger } from "../kernel/logger.ts";
import type { OperationTable } from "../kernel/operations.ts";
import { type BuiltFunction, buildFunction } from "./build-function.ts";
import type { FunctionConfig, StepwellConfig } from "./config.ts";
import { ConfigError } from "./config-error.ts";
import { type DeclaredFunction, Deployment } from "./deploy.ts";
import { FileWatch } from "./file-watch.ts";
import { type LoadedConfig, loadConfig } from "./load-config.ts";

export interface AppOptions {
  /** The app's folder, which may hold a stepwell.config. */
  readonly folder: string;
  /** Through it the functions are made: Lambda's operations must be in it. */
  readonly operations: OperationTable;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  /** Told of the config, and of each that is saved later, before its functions are put in place. */
  readonly configured?: (config: StepwellConfig) => void;
}

/** An app whose functions are in place. */
export interface App {
  /** The names of its functions. */
  readonly functions: readonly string[];
  /** Where they are. */
  readonly region: string;
  /** Stops watching; resolves when a change under way is in place. The functions stay. */
  close(): Promise<void>;
}

/**
 * Puts the functions of an app's stepwell.config in place and keeps them so: a saved source file is built and swapped
 * in, a saved config is applied. Resolves to undefined, changing nothing, when the folder has no config. Throws
 * ConfigError when the config or a function has errors; later on such errors are logged, and what runs stays.
 */
export async function openApp(options: AppOptions): Promise<App | undefined> {
  const folder = resolve(options.folder);
  const loaded = await loadConfig(folder);
  if (!loaded) return undefined;
  const app = new RunningApp({ ...options, folder }, loaded);
  await app.start();
  return app;
}

/** What can be a source file, or a folder of them. */
const SOURCE = /(\.([cm]?[jt]sx?|json)|[\\/][^.\\/]+)$/;

class RunningApp implements App {
  readonly #options: AppOptions;
  readonly #watch: FileWatch;
  #loaded: LoadedConfig;
  /** By name; `changed` until the new code is in place. */
  #built = new Map<string, BuiltFunction>();
  /** What is wrong, as it was logged. While something is, any source file may be the one that mends it. */
  #trouble = "";
  #closed = false;
  /** One change after the other. */
  #work: Promise<void> = Promise.resolve();

  constructor(options: AppOptions, loaded: LoadedConfig) {
    this.#options = options;
    this.#loaded = loaded;
    this.#watch = new FileWatch(new RealClock(), options.log, (changed) => {
      this.#work = this.#work.then(() => this.#follow(changed));
    });
  }

  get functions(): readonly string[] {
    return [...this.#built.keys()];
  }

  get region(): string {
    return this.#loaded.config.region ?? DEFAULT_REGION;
  }

  async start(): Promise<void> {
    const failures = await this.#build(this.#loaded, () => true);
    if (failures.length > 0) throw new ConfigError(failures.join("\n"));
    await this.#deploy();
    this.#watchSources();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#watch.close();
    await this.#work;
  }

  /** Some files have changed: builds what they are part of, and puts it in place. */
  async #follow(changed: ReadonlySet<string>): Promise<void> {
    const { folder } = this.#options;
    const touches = (inputs: readonly string[]) =>
      inputs.some(
        (path) => changed.has(path) || [...changed].some((parent) => path.startsWith(parent + sep)),
      );
    const mayMend = this.#trouble !== "" && [...changed].some((path) => SOURCE.test(path));
    const concerned = (inputs: readonly string[]) => mayMend || touches(inputs);
    const sources = [...this.#built.values()].flatMap(({ inputs }) => inputs);
    if (this.#closed || !concerned([...this.#loaded.inputs, ...sources])) return;
    try {
      const loaded = concerned(this.#loaded.inputs) ? await loadConfig(folder) : this.#loaded;
      if (!loaded) return this.#complain("The config is gone; its functions stay as they are.");
      const failures = await this.#build(loaded, concerned);
      this.#loaded = loaded;
      await this.#deploy();
      this.#complain(failures.join("\n"));
    } catch (error) {
      this.#complain((error as Error).message);
    }
    if (!this.#closed) this.#watchSources();
  }

  /** Builds the functions of a config that are new or concerned. One that fails stays as it was; says why. */
  async #build({ config }: LoadedConfig, concerned: (inputs: readonly string[]) => boolean) {
    const before = this.#built;
    const functions = Object.entries(config.functions ?? {});
    const failures: string[] = [];
    const build = async ([name, { handler }]: [string, FunctionConfig]) => {
      const old = before.get(name);
      const same = this.#loaded.config.functions?.[name]?.handler === handler;
      if (old && same && !concerned(old.inputs)) return [name, old] as const;
      try {
        const built = await buildFunction(this.#options.folder, name, handler);
        return [name, { ...built, changed: built.changed || old?.changed === true }] as const;
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        failures.push(error.message);
        return old ? ([name, old] as const) : undefined;
      }
    };
    const built = await Promise.all(functions.map(build));
    this.#built = new Map(built.filter((entry) => entry !== undefined));
    return failures;
  }

  async #deploy(): Promise<void> {
    const { folder, operations, configured } = this.#options;
    const { config } = this.#loaded;
    configured?.(config);
    const declared: DeclaredFunction[] = [];
    for (const [name, built] of this.#built) declared.push({ name, built, config: config.functions![name]! });
    await new Deployment(operations, () => this.#context(), folder).apply(declared);
    for (const { name, built } of declared) this.#built.set(name, { ...built, changed: false });
  }

  /** A source that could not be built is watched by its name in the config. */
  #watchSources(): void {
    const { folder } = this.#options;
    const declared = Object.values(this.#loaded.config.functions ?? {});
    this.#watch.set([
      ...this.#loaded.inputs,
      ...[...this.#built.values()].flatMap(({ inputs }) => inputs),
      ...declared.map(({ handler }) => join(folder, handler)),
    ]);
  }

  #complain(trouble: string): void {
    if (trouble !== "" && trouble !== this.#trouble) {
      this.#options.log.error({}, `${trouble}\nWhat ran before goes on.`);
    }
    this.#trouble = trouble;
  }

  #context(): CallContext {
    const { clock, ids, log } = this.#options;
    const { account = DEFAULT_ACCOUNT } = this.#loaded.config;
    return {
      ...{ account, region: this.region, clock, log },
      principal: `arn:aws:iam::${account}:root`,
      requestId: ids.uuid(),
      signal: new AbortController().signal,
    };
  }
}
