import pg from "pg";
import { MonotonicClock } from "../../kernel/clock.ts";
import type { Param, Row, Statement } from "../store.ts";
import { clientConfig, connectError, type Target } from "./connect.ts";
import { badStatement, isConnectionLost, isServerFailure, serverError, sqlState } from "./failures.ts";
import { bound } from "./types.ts";

/** How long a read looks for a server that went away: reading twice does no harm. */
const GIVE_UP_MS = 5_000;
const PAUSE_MS = 100;

/** The pool counts the wait for a free connection as connecting, and that may be long when many read at once. */
const WAIT_MS = 60_000;

/** A few connections that read, made when they are needed. */
export class Reader {
  readonly #target: Target;
  readonly #pool: pg.Pool;
  readonly #clock = new MonotonicClock();

  constructor(target: Target, connections: number) {
    this.#target = target;
    this.#pool = new pg.Pool({
      ...clientConfig(target),
      max: connections,
      connectionTimeoutMillis: WAIT_MS,
    });
    this.#pool.on("error", () => {}); // An idle connection was lost: the pool makes another when it needs one.
  }

  async read(statement: Statement, params: readonly Param[]): Promise<readonly Row[]> {
    const query = { name: statement.name, text: statement.sql, values: params.map(bound) };
    const giveUpAtMs = this.#clock.monotonicMs() + GIVE_UP_MS;
    for (;;) {
      try {
        return (await this.#pool.query<Row>(query)).rows;
      } catch (error) {
        if (!isConnectionLost(error)) throw this.#explained(statement, error);
        if (this.#clock.monotonicMs() > giveUpAtMs) throw connectError(error, this.#target);
        await new Promise<void>((resolve) => this.#clock.at(this.#clock.now() + PAUSE_MS, resolve));
      }
    }
  }

  connections(): { readonly busy: number; readonly idle: number; readonly waiting: number } {
    const { totalCount, idleCount, waitingCount } = this.#pool;
    return { busy: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  #explained(statement: Statement, error: unknown): Error {
    const isServers = isServerFailure(error) || sqlState(error) === "57014" || sqlState(error) === "55P03";
    return isServers ? serverError(error, this.#target.location) : badStatement(statement.name, error);
  }
}
