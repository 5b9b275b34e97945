import { MonotonicClock } from "../../kernel/clock.ts";
import { CommitQueue, type FlushReport } from "../commit-queue.ts";
import type { StoreError } from "../errors.ts";
import { ChangeFailed, type Changes, type Failure, type Outcome } from "../outcome.ts";
import { Attempt, RunApart } from "./attempt.ts";
import { type Connection, connect, type Target } from "./connect.ts";
import { isConnectionLost, mustRunAgain, serverError } from "./failures.ts";
import { askFate, forgetFlushes } from "./fate.ts";

/** How long a flush looks for a server that went away, and for the outcome of a COMMIT that it sent. */
const GIVE_UP_MS = 5_000;
const PAUSE_MS = 100;
const MAX_RETRIES = 8;

const CLEAN_EVERY_MS = 60_000;

interface KeyedCommit {
  readonly key: string;
  readonly changes: Changes;
}

/** One connection that writes, with its own queue: commits of one key all go the same way and so keep their order. */
export class Lane {
  readonly #target: Target;
  readonly #newId: () => string;
  readonly #queue: CommitQueue<KeyedCommit>;
  readonly #clock = new MonotonicClock();
  #connection: Connection | undefined;
  #cleanedMs: number;
  #closed = false;

  constructor(target: Target, newId: () => string, onFlush?: (report: FlushReport) => void) {
    this.#target = target;
    this.#newId = newId;
    this.#queue = new CommitQueue((commits) => this.#flush(commits), { clock: this.#clock, onFlush });
    this.#cleanedMs = this.#clock.monotonicMs();
  }

  get connected(): boolean {
    return this.#connection !== undefined;
  }

  get busy(): boolean {
    return this.#queue.busy;
  }

  push(commit: KeyedCommit) {
    this.#cleanNowAndThen();
    return this.#queue.push(commit);
  }

  /** Writes what was committed, then hangs up. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#queue.close();
    await this.#connection?.client.end();
  }

  /** By key, so that two servers lock the rows of their keys in the same order; those of one key stay in theirs. */
  async #flush(commits: readonly KeyedCommit[]): Promise<readonly Outcome[]> {
    const order = commits.map((_, i) => i);
    order.sort((a, b) => compare(commits[a]!.key, commits[b]!.key) || a - b);
    const sorted = await this.#write(order.map((i) => commits[i]!.changes));
    const outcomes = new Array<Outcome>(commits.length);
    for (const [place, i] of order.entries()) outcomes[i] = sorted[place]!;
    return outcomes;
  }

  async #write(commits: readonly Changes[]): Promise<readonly Outcome[]> {
    const all = (failure: Failure): Outcome[] => commits.map(() => failure);
    let apart = false;
    let retries = 0;
    let giveUpAtMs: number | undefined;
    for (;;) {
      const id = this.#newId();
      let attempt: Attempt | undefined;
      try {
        attempt = new Attempt(await this.#connected(), id);
        return await (apart ? attempt.apart(commits) : attempt.together(commits));
      } catch (error) {
        if (error instanceof ChangeFailed) {
          return all(error.failure);
        } else if (error instanceof RunApart) {
          apart = true;
        } else if (attempt && mustRunAgain(error)) {
          if (++retries > MAX_RETRIES) return all(busy(error, this.#target));
          await this.#rollback();
        } else if (attempt && !isConnectionLost(error)) {
          await this.#rollback();
          return all(asFailure(serverError(error, this.#target.location)));
        } else {
          this.#hangUp();
          giveUpAtMs ??= this.#clock.monotonicMs() + GIVE_UP_MS;
          if (attempt?.committing) {
            const committed = await this.#didCommit(id, attempt.session, giveUpAtMs);
            if (committed === undefined)
              return all(unknown(this.#target, this.#settled(id, attempt.session)));
            if (committed) return attempt.outcomes;
          }
          if (this.#clock.monotonicMs() > giveUpAtMs) {
            return all(
              asFailure(attempt ? serverError(error, this.#target.location) : (error as StoreError)),
            );
          }
          await this.#pause();
        }
      }
    }
  }

  /** Whether a flush whose COMMIT got no answer did commit; undefined when nobody could be asked in time. */
  async #didCommit(id: string, session: number | null, giveUpAtMs: number): Promise<boolean | undefined> {
    while (this.#clock.monotonicMs() < giveUpAtMs) {
      try {
        const { client } = await this.#connected();
        const committed = await askFate(client, id, session);
        if (committed !== undefined) return committed;
      } catch {
        await this.#pause();
      } finally {
        this.#hangUp();
      }
    }
    return undefined;
  }

  /** Goes on asking, beside the flushes that follow. */
  async #settled(id: string, session: number | null): Promise<void> {
    while (!this.#closed) {
      try {
        const { client } = await connect(this.#target);
        client.on("error", () => {}); // What is asked on it fails, and is asked again.
        try {
          if ((await askFate(client, id, session)) !== undefined) return;
        } finally {
          await client.end();
        }
      } catch {
        await this.#pause();
      }
    }
  }

  async #connected(): Promise<Connection> {
    if (this.#connection) return this.#connection;
    const connection = await connect(this.#target);
    connection.client.on("error", () => {
      if (this.#connection === connection) this.#connection = undefined;
    });
    this.#connection = connection;
    return connection;
  }

  #hangUp(): void {
    this.#connection?.abandon();
    this.#connection = undefined;
  }

  async #rollback(): Promise<void> {
    await this.#connection?.client.query("ROLLBACK").catch(() => this.#hangUp());
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.#clock.at(this.#clock.now() + PAUSE_MS, resolve));
  }

  #cleanNowAndThen(): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#cleanedMs < CLEAN_EVERY_MS) return;
    this.#cleanedMs = nowMs;
    const changes = [{ statement: forgetFlushes, params: [] }];
    this.#queue.push({ key: "", changes }).catch(() => {}); // It is tried again in a minute.
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function asFailure(error: StoreError): Failure {
  return { kind: "error", code: error.code, message: error.message };
}

function busy(error: unknown, target: Target): Failure {
  const said = (error as Error).message;
  return {
    kind: "error",
    code: "StoreBusy",
    message: `PostgreSQL at ${target.location} gave up ${MAX_RETRIES + 1} times (${said}). Nothing was stored. Try again.`,
  };
}

function unknown(target: Target, settled: Promise<void>): Failure {
  return {
    kind: "unknown",
    settled,
    message:
      `The connection to ${target.location} was lost while a commit was under way, and the server could not be asked ` +
      `within ${GIVE_UP_MS / 1000} s whether it is there. Read the data again before acting on it.`,
  };
}
