import { RealClock } from "../../kernel/clock.ts";
import { CommitQueue } from "../commit-queue.ts";
import type { StoreError } from "../errors.ts";
import { ChangeFailed, type Changes, type Failure, type Outcome } from "../outcome.ts";
import { statement } from "../store.ts";
import { Attempt, RECORD_FLUSH, RunApart } from "./attempt.ts";
import { type Connection, connect, type Target } from "./connect.ts";
import { isConnectionLost, mustRunAgain, serverError, sqlState } from "./failures.ts";

/** How long a flush looks for a server that went away, and for the outcome of a COMMIT that it sent. */
const GIVE_UP_MS = 5_000;
const PAUSE_MS = 100;
const MAX_RETRIES = 8;

/** An id that was recorded to keep a lost flush from ever committing stays for as long as its bytes could arrive late. */
const FENCE_MS = 3_600_000;

const UNIQUE_VIOLATION = "23505";
const LOCK_NOT_AVAILABLE = "55P03";

/** How long a flush whose client is gone may stay open before it is ended. */
const STILL_OPEN_MS = 1_000;
const END_SESSION = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE pid = $1 AND usename = current_user AND application_name = current_setting('application_name')`;

const CLEAN_EVERY_MS = 60_000;
export const forgetFlushes = statement(
  "store.forgetFlushes",
  "DELETE FROM flushes WHERE keep_until < (extract(epoch FROM statement_timestamp()) * 1000)::bigint",
);

export interface KeyedCommit {
  readonly key: string;
  readonly changes: Changes;
}

/** One connection that writes, with its own queue: commits of one key all go the same way and so keep their order. */
export class Lane {
  readonly #target: Target;
  readonly #newId: () => string;
  readonly #queue: CommitQueue<KeyedCommit>;
  readonly #clock = new RealClock();
  #connection: Connection | undefined;
  #cleanedMs: number;

  constructor(target: Target, newId: () => string) {
    this.#target = target;
    this.#newId = newId;
    this.#queue = new CommitQueue((commits) => this.#flush(commits));
    this.#cleanedMs = this.#clock.monotonicMs();
  }

  push(commit: KeyedCommit) {
    this.#cleanNowAndThen();
    return this.#queue.push(commit);
  }

  /** Writes what was committed, then hangs up. */
  async close(): Promise<void> {
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
            if (committed === undefined) return all(unknown(this.#target));
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

  /**
   * Records the lost flush's id in its stead, on a new connection: if that is refused because the id is there, the
   * flush committed; if it succeeds, it did not, and its own attempt to record the id will fail whenever it arrives.
   * A flush that is still open in the server makes the insert wait, and is ended when it stays so: its client is gone.
   */
  async #didCommit(id: string, session: number | null, giveUpAtMs: number): Promise<boolean | undefined> {
    while (this.#clock.monotonicMs() < giveUpAtMs) {
      try {
        const { client } = await this.#connected();
        await client.query(`SET lock_timeout = ${STILL_OPEN_MS}`);
        await client.query({ ...RECORD_FLUSH, values: [id, FENCE_MS] }).catch(async (error) => {
          if (sqlState(error) === LOCK_NOT_AVAILABLE) await client.query(END_SESSION, [session]);
          throw error;
        });
        return false;
      } catch (error) {
        if (sqlState(error) === UNIQUE_VIOLATION) return true;
        await this.#pause();
      } finally {
        this.#hangUp();
      }
    }
    return undefined;
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

function unknown(target: Target): Failure {
  return {
    kind: "unknown",
    message:
      `The connection to ${target.location} was lost while a commit was under way, and the server could not be asked ` +
      `within ${GIVE_UP_MS / 1000} s whether it is there. Read the data again before acting on it.`,
  };
}
