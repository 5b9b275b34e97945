import { DEFAULT_LIMITS, type DurableLimits } from "../../durable/limits.ts";
import { createDurableService, type DurableService } from "../../durable/service.ts";
import { RealClock } from "../../kernel/clock.ts";
import { type CallContext, DEFAULT_ACCOUNT, DEFAULT_REGION } from "../../kernel/context.ts";
import { Dispatcher } from "../../kernel/dispatcher.ts";
import { AwsError } from "../../kernel/errors.ts";
import { type Ids, SeededIds } from "../../kernel/ids.ts";
import { type Logger, silentLogger } from "../../kernel/logger.ts";
import { openNumbers } from "../../kernel/numbers.ts";
import { work } from "../../kernel/work.ts";
import type { DurableStart } from "../../lambda/function.ts";
import type { Host, LogSink } from "../../lambda/host/host.ts";
import { InlineHost } from "../../lambda/host/inline.ts";
import { openSqliteStore } from "../../store/sqlite.ts";
import type { Change, CommitOptions, CommitResult, Store } from "../../store/store.ts";
import { Activity } from "../../time/activity.ts";
import { countedHost } from "../../time/counted.ts";
import type { MovableClock } from "./clocks.ts";
import type { TestFunctions } from "./functions.ts";
import { type Commit, LifeStore } from "./life-store.ts";
import { Observations, type ObservedExecution } from "./observed.ts";
import { Power } from "./power.ts";

/** What goes wrong in an engine, asked as it works. */
export interface Faults {
  /** Whether the engine crashes before this commit, or when it is durable and nobody has been told. */
  atCommit(changes: readonly Change[]): "before" | "after" | undefined;
  /** The host as the engine has it. */
  host(host: Host): Host;
  /** Makes a call of one of Lambda's operations; `call` may be made more than once. */
  call(operation: string, call: () => Promise<unknown>): Promise<unknown>;
}

export interface EngineOptions {
  readonly clock: MovableClock;
  readonly functions: TestFunctions;
  readonly limits?: Partial<DurableLimits>;
  readonly seed: number;
  readonly log: LogSink;
  readonly faults?: Faults;
}

/** From one start of the engine to the crash that ends it. */
interface Life {
  readonly power: Power;
  readonly activity: Activity;
  readonly node: Promise<EngineNode>;
}

interface EngineNode {
  readonly durable: DurableService;
  readonly context: CallContext;
}

const OWNER = "test";

/**
 * Durable executions as a server runs them, in this process, on a store in memory and a clock that can be moved.
 * After a crash it starts again from what the store holds.
 */
export class Engine {
  readonly clock: MovableClock;
  readonly ids: Ids;
  readonly executions = new Observations();
  readonly #options: EngineOptions;
  readonly #disk: Promise<Store>;
  readonly #listeners = new Set<(execution: ObservedExecution) => void>();
  #crashes = 0;
  #life: Life;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.ids = new SeededIds(options.seed, options.clock);
    this.#disk = openSqliteStore({ folder: ":memory:", clock: this.clock, log: silentLogger });
    this.#life = this.#boot();
  }

  /** Starts an execution. Resolves to its ARN once it is durable. */
  async start(request: DurableStart): Promise<string> {
    return this.#perform(async ({ durable, context }) => {
      const { executionArn } = await durable.invoker.start(context, request);
      return executionArn;
    });
  }

  /** Calls one of Lambda's operations on durable executions; after a crash, again. Rejects as AWS's clients do. */
  async call(operation: string, input: object): Promise<unknown> {
    const crashes = this.#crashes;
    const call = () =>
      this.#perform(({ durable, context }) => durable.operations[operation]!(context, input));
    const output = await (this.#options.faults?.call(operation, call) ?? call()).catch((error) => {
      // Called again after a crash: the first call was stored, and only its answer was lost.
      if (this.#crashes > crashes && operation.startsWith("SendDurableExecutionCallback")) return {};
      throw error;
    });
    await this.refresh();
    return output;
  }

  /** Reads what was committed of an execution, or of all. */
  async refresh(execution: ObservedExecution | Observations = this.executions): Promise<void> {
    await execution.refresh(await this.#disk);
  }

  async running(): Promise<readonly ObservedExecution[]> {
    return this.executions.running(await this.#disk);
  }

  /** Calls `listener` after each commit that is about an execution. Returns how to end that. */
  onCommit(listener: (execution: ObservedExecution) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when nothing is under way. Rejects with the signal's reason when that is aborted. */
  async quiet(signal: AbortSignal): Promise<void> {
    for (;;) {
      const life = this.#life;
      await Promise.race([life.activity.quiet(signal), life.power.failed]);
      signal.throwIfAborted();
      if (life === this.#life) return;
    }
  }

  /** The functions that run. */
  busy(): readonly string[] {
    return this.#life.activity.names();
  }

  /** Kills the node and starts another one on what it has left in the store. */
  crash(): void {
    this.#crashes++;
    const { power } = this.#life;
    this.#life = this.#boot();
    power.cut();
  }

  #boot(): Life {
    const power = new Power();
    const activity = new Activity();
    return { power, activity, node: activity.during(this.#start(power, activity)) };
  }

  async #start(power: Power, activity: Activity): Promise<EngineNode> {
    const { functions, log, faults, limits } = this.#options;
    const disk = await this.#disk;
    await disk.commit([work.freeAll()], { key: OWNER });
    const clock = power.clock(this.clock);
    const commit: Commit = (changes, options) => this.#commit(disk, changes, options);
    const store = new LifeStore(disk, commit, power, activity);
    const inline = new InlineHost({ clock, timeoutClock: new RealClock(), log });
    for (const [arn, handler] of functions.handlers()) inline.define(arn, handler);
    const host = countedHost(power.host(faults?.host(inline) ?? inline), activity);
    const shared = { store, clock, log: silentLogger, owner: OWNER };
    const dispatcher = new Dispatcher({ ...shared, during: (handled) => void activity.during(handled) });
    const durable = createDurableService({
      ...shared,
      ids: this.ids,
      host,
      functions,
      dispatcher,
      nextNumber: await openNumbers(disk, OWNER),
      limits: { ...DEFAULT_LIMITS, ...limits },
    });
    dispatcher.start();
    return { durable, context: contextOf(clock, silentLogger) };
  }

  /** Every commit of every life is seen here, and is where faults strike. */
  async #commit(disk: Store, changes: readonly Change[], options: CommitOptions): Promise<CommitResult> {
    const fault = this.#options.faults?.atCommit(changes);
    if (fault === "before") {
      this.crash();
      return [];
    }
    const result = await disk.commit(changes, options);
    if (fault === "after") this.crash();
    const execution = this.executions.committed(changes, options.key);
    if (execution) for (const listener of this.#listeners) listener(execution);
    return result;
  }

  async #perform<T>(act: (node: EngineNode) => Promise<T>): Promise<T> {
    for (;;) {
      const { power, activity, node } = this.#life;
      const done = activity.during(node.then(act)).then((value) => ({ value }), asClientError);
      const outcome = await Promise.race([done, power.failed]);
      if (outcome) return outcome.value;
    }
  }
}

/** AWS's clients have the error's code as its name. */
function asClientError(error: unknown): never {
  if (!(error instanceof AwsError)) throw error;
  throw Object.assign(new Error(error.message, { cause: error }), { name: error.code });
}

function contextOf(clock: CallContext["clock"], log: Logger): CallContext {
  return {
    account: DEFAULT_ACCOUNT,
    region: DEFAULT_REGION,
    principal: "",
    requestId: "",
    clock,
    log,
    signal: new AbortController().signal,
  };
}
