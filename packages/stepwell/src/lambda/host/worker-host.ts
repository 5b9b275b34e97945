import { availableParallelism, totalmem } from "node:os";
import type { AccessKey } from "../../kernel/access-key.ts";
import { type Clock, RealClock, type Timer } from "../../kernel/clock.ts";
import { type Ids, RealIds } from "../../kernel/ids.ts";
import { AllProcesses } from "./all-processes.ts";
import { logStreamName } from "./environment.ts";
import { FunctionPool } from "./function-pool.ts";
import type {
  FunctionCode,
  FunctionError,
  Host,
  InvocationReport,
  InvocationRequest,
  LogSink,
} from "./host.ts";
import type { HostProcess, HostProcesses } from "./host-processes.ts";
import { Instance } from "./instance.ts";
import { Kills } from "./kills.ts";
import { LogBatch } from "./log-batch.ts";
import { FairQueue } from "./queue.ts";
import { notRun, type WaitingInvocation } from "./running-invocation.ts";
import { lost } from "./runtime-errors.ts";

export interface WorkerHostOptions {
  /** Stamps log lines and reports. */
  readonly clock?: Clock;
  /** Measures for how long instances are idle; `clock` by default. Where that is virtual, memory is still real. */
  readonly idleClock?: Clock;
  readonly ids?: Ids;
  readonly log?: LogSink;
  /** `AWS_ENDPOINT_URL` inside functions. */
  readonly endpointUrl?: string;
  /** What AWS's clients inside functions sign with, where the server looks at signatures. */
  readonly key?: AccessKey;
  /** Server's clock minus the machine's, when the server's is virtual: `Date` in functions is shifted by it. */
  readonly nowOffsetMs?: () => number;
  /** How many instances may use the processor at once; those that wait on I/O do not count. */
  readonly maxBusy?: number | undefined;
  /** How many instances there may be at all: also how deep synchronous invocations may be nested. */
  readonly maxInstances?: number | undefined;
  /** How long an idle instance, and after it its empty process, is kept. */
  readonly idleMs?: number | undefined;
  /** How long code may load before an invocation's timeout begins to count; 10 s, as on AWS, if not said. */
  readonly longestLoadMs?: number;
  /** Where compiled code is kept between starts: an instance that loads an AWS client starts a fifth faster. */
  readonly compileCacheFolder?: string;
  /** Node's own arguments for child processes, such as `--inspect=0`. */
  readonly execArgv?: readonly string[];
}

/** An instance with an AWS client needs some 40 MB; half the machine's memory is left to everything else. */
const BYTES_PER_INSTANCE = 64 * 1024 * 1024;
const DEFAULT_BUSY = Math.max(4, 2 * availableParallelism());
const DEFAULT_INSTANCES = Math.max(16, Math.floor(totalmem() / 2 / BYTES_PER_INSTANCE));
const realClock = new RealClock();
const IDLE_MS = 60_000;
const GRACE_MS = 5_000;
const LONGEST_LOAD_MS = 10_000;
const CLOSED =
  "The host was closed while this invocation was waiting or running. Start it again on a running server.";

/**
 * Runs functions in child processes: Node.js code in worker threads of one process per code folder, where an invocation
 * on a warm instance is one message there and one back, and every other runtime in a process per instance. It decides
 * which instance runs what and when another is started; whatever a function's code does ends that function's
 * invocations only.
 */
export class WorkerHost implements Host {
  readonly #clock: Clock;
  readonly #idleClock: Clock;
  readonly #ids: Ids;
  readonly #options: WorkerHostOptions;
  readonly #pools = new Map<string, FunctionPool>();
  readonly #instances = new Set<Instance>();
  readonly #processes: HostProcesses;
  readonly #log: LogBatch;
  readonly #kills = new Kills();
  readonly #queue = new FairQueue<FunctionPool, WaitingInvocation>();
  #poolOrder = 0;
  #sweepTimer: Timer | undefined;
  #closed: Promise<void> | undefined;
  #closing = false;
  #onQuiet: (() => void) | undefined;

  constructor(options: WorkerHostOptions = {}) {
    this.#clock = options.clock ?? new RealClock();
    this.#idleClock = options.idleClock ?? this.#clock;
    this.#ids = options.ids ?? new RealIds(this.#clock);
    this.#options = options;
    this.#log = new LogBatch(options.log);
    this.#processes = new AllProcesses({
      clock: this.#idleClock,
      ids: this.#ids,
      access: () => options,
      execArgv: options.execArgv ?? [],
      compileCacheFolder: options.compileCacheFolder,
      sampled: () => this.#dispatch(),
    });
  }

  invoke(request: InvocationRequest): Promise<InvocationReport> {
    return new Promise((settle) => {
      const resolve = (report: InvocationReport) => settle(this.#kills.judge(request, report));
      if (this.#closing) return resolve(notRun(lost(CLOSED), this.#clock));
      this.#queue.push(
        this.#poolOf(request.code, request.tenantId),
        { request, resolve },
        request.synchronous,
      );
      this.#dispatch();
    });
  }

  /**
   * Loads an instance of `code` if it has none, so that nobody waits for the first one when the code is swapped: older
   * revisions of the same function drain as soon as it is loaded. Resolves to the error if it cannot be loaded.
   */
  async warm(code: FunctionCode): Promise<FunctionError | undefined> {
    if (this.#closing) return lost(CLOSED).error;
    const pool = this.#poolOf(code);
    for (const instance of pool.instances) if (!instance.draining) return instance.ready;
    return this.#start(pool).ready;
  }

  close(graceMs = GRACE_MS): Promise<void> {
    this.#closed ??= this.#close(graceMs);
    return this.#closed;
  }

  // Asked for each time, because a saved stepwell.config changes them.
  get #maxBusy(): number {
    return this.#options.maxBusy ?? DEFAULT_BUSY;
  }

  get #maxInstances(): number {
    return this.#options.maxInstances ?? DEFAULT_INSTANCES;
  }

  get #idleMs(): number {
    return this.#options.idleMs ?? IDLE_MS;
  }

  /** Hands what waits to free instances, in its order; what finds none has new ones started as far as there is room. */
  #dispatch(): void {
    let instance: Instance | undefined;
    const next = () =>
      this.#queue.take((pool) => {
        instance = pool.free(this.#hasRoom());
        if (!instance) this.#startMissing(pool);
        return instance !== undefined;
      });
    for (let waiting = next(); waiting; waiting = next()) instance!.run(waiting);
    this.#processes.watch(this.#queue.length > 0 && !this.#hasRoom());
  }

  #startMissing(pool: FunctionPool): void {
    let missing = Math.ceil(this.#queue.lengthOf(pool) / pool.code.concurrency) - pool.starting;
    for (; missing > 0 && this.#hasRoom() && this.#makeSpace(pool); missing--) this.#start(pool);
  }

  /** Whether another instance may use the processor. */
  #hasRoom(): boolean {
    if (this.#instances.size < this.#maxBusy) return true;
    let active = 0;
    for (const instance of this.#instances) if (instance.active) active++;
    return active < this.#maxBusy;
  }

  /** Whether another instance may exist; the one of another function that has been idle longest gives way. */
  #makeSpace(pool: FunctionPool): boolean {
    if (this.#instances.size < this.#maxInstances) return true;
    let longest: Instance | undefined;
    for (const instance of this.#instances) {
      if (instance.leaving) return false;
      if (!instance.idle || pool.instances.has(instance)) continue;
      if (!longest || instance.idleSinceMs < longest.idleSinceMs) longest = instance;
    }
    longest?.retire();
    return false;
  }

  #start(pool: FunctionPool): Instance {
    const { code } = pool;
    const process = this.#processes.of(code);
    const logStream = logStreamName(this.#clock.now(), code.version, this.#ids.uuid());
    const instance: Instance = new Instance(code, {
      clock: this.#clock,
      logStream,
      longestLoadMs: this.#options.longestLoadMs ?? LONGEST_LOAD_MS,
      timeoutsApply: () => !process.debugged,
      nowOffsetMs: this.#options.nowOffsetMs ?? (() => 0),
      deliver: (line) => this.#log.add(line),
      loaded: () => this.#loaded(pool, instance),
      freed: () => this.#freed(process, instance),
      retired: () => process.terminate(instance),
      ended: () => this.#ended(pool, instance),
      requeue: (invocations) => this.#requeue(pool, invocations),
    });
    pool.instances.add(instance);
    this.#instances.add(instance);
    process.start(instance, logStream);
    return instance;
  }

  #loaded(pool: FunctionPool, instance: Instance): void {
    instance.idleSinceMs = this.#idleClock.now();
    for (const other of this.#pools.values()) {
      if (pool.supersedes(other)) for (const old of other.instances) if (old.loaded) old.retire();
    }
    this.#sweepLater();
    this.#dispatch();
  }

  #freed(process: HostProcess, instance: Instance): void {
    instance.idleSinceMs = this.#idleClock.now();
    process.killIfUseless();
    this.#sweepLater();
    this.#dispatch();
    this.#checkQuiet();
  }

  #requeue(pool: FunctionPool, invocations: readonly WaitingInvocation[]): void {
    for (const waiting of invocations) {
      if (this.#closing) waiting.resolve(notRun(lost(CLOSED), this.#clock));
      else this.#queue.putBack(pool, waiting, waiting.request.synchronous);
    }
  }

  #ended(pool: FunctionPool, instance: Instance): void {
    pool.instances.delete(instance);
    this.#instances.delete(instance);
    const waiting = instance.loaded ? undefined : this.#queue.take((other) => other === pool);
    if (waiting) instance.refuse(waiting);
    if (pool.instances.size === 0 && this.#queue.lengthOf(pool) === 0) this.#pools.delete(pool.key);
    this.#sweepLater();
    this.#dispatch();
    this.#checkQuiet();
  }

  #poolOf(code: FunctionCode, tenantId?: string): FunctionPool {
    const key = JSON.stringify([code.functionArn, code.version, code.revision, tenantId]);
    let pool = this.#pools.get(key);
    if (!pool) {
      pool = new FunctionPool(code, key, this.#poolOrder++);
      this.#pools.set(key, pool);
    }
    return pool;
  }

  /** Whatever becomes idle from now on does so after what the timer, if there is one, waits for. */
  #sweepLater(): void {
    this.#sweepTimer ??= this.#idleClock.at(this.#idleClock.now() + this.#idleMs, () => this.#sweep());
  }

  /** Ends what has been idle for long enough; waits for the next that will have been. */
  #sweep(): void {
    const nowMs = this.#idleClock.now();
    let nextMs = Number.POSITIVE_INFINITY;
    const expired = (sinceMs: number) => {
      const atMs = sinceMs + this.#idleMs;
      if (atMs > nowMs) nextMs = Math.min(nextMs, atMs);
      return atMs <= nowMs;
    };
    for (const instance of this.#instances) {
      if (instance.idle && expired(instance.idleSinceMs)) instance.retire();
    }
    this.#processes.sweep(expired);
    this.#sweepTimer = Number.isFinite(nextMs) ? this.#idleClock.at(nextMs, () => this.#sweep()) : undefined;
  }

  #checkQuiet(): void {
    if (!this.#onQuiet) return;
    for (const instance of this.#instances) if (instance.runningCount > 0) return;
    this.#onQuiet();
  }

  async #close(graceMs: number): Promise<void> {
    this.#closing = true;
    this.#sweepTimer?.cancel();
    for (const waiting of this.#queue.drain()) waiting.resolve(notRun(lost(CLOSED), this.#clock));
    const graceOver = new Promise<void>((resolve) => {
      this.#onQuiet = resolve;
      realClock.at(realClock.now() + graceMs, resolve);
    });
    this.#checkQuiet();
    await graceOver;
    for (const instance of this.#instances) instance.abandon(lost(CLOSED));
    await this.#processes.kill();
  }
}
