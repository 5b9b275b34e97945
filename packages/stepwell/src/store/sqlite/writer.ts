import type { DatabaseSync } from "node:sqlite";
import { ChangeFailed, type Changes, type Outcome, wrongRowCount } from "../outcome.ts";
import type { CommitResult, Row, Statement } from "../store.ts";
import { changeFailure, flushFailure, isDatabaseFailure } from "./failures.ts";
import { isTooLargeInteger, noRows, PreparedStatements } from "./prepared.ts";

const control = (name: string, sql: string): Statement => ({ name, sql });
const BEGIN = control("sqlite.begin", "BEGIN IMMEDIATE");
const COMMIT = control("sqlite.commit", "COMMIT");
const SAVEPOINT = control("sqlite.savepoint", "SAVEPOINT one_commit");
const RELEASE = control("sqlite.release", "RELEASE one_commit");
const ROLLBACK_TO = control("sqlite.rollbackTo", "ROLLBACK TO one_commit");

/**
 * Writes flushes to a database, synchronously. One flush is one transaction of whole commits in their order, first
 * without savepoints (one per commit was measured to cost 41%); when a commit fails, all is rolled back and written
 * again with a savepoint each, so that only the guilty are rejected.
 */
export class SqliteWriter {
  readonly #database: DatabaseSync;
  readonly #file: string;
  readonly #statements: PreparedStatements;
  #committing = false;

  constructor(database: DatabaseSync, file: string) {
    this.#database = database;
    this.#file = file;
    this.#statements = new PreparedStatements(database);
  }

  /** Resolves each commit to its rows or its failure. */
  flush(commits: readonly Changes[]): Outcome[] {
    let apart = false;
    for (;;) {
      try {
        return this.#transaction(commits, apart);
      } catch (error) {
        const committing = this.#committing;
        this.#rollback();
        // The statement reads bigints now, so that the same flush gets further the next time.
        if (isTooLargeInteger(error)) continue;
        if (!(error instanceof ChangeFailed)) {
          return commits.map(() => flushFailure(error, this.#file, committing));
        }
        if (commits.length === 1) return [error.failure];
        apart = true;
      }
    }
  }

  #transaction(commits: readonly Changes[], apart: boolean): Outcome[] {
    const outcomes = new Array<Outcome>(commits.length);
    this.#statements.get(BEGIN).run([]);
    for (let i = 0; i < commits.length; i++) {
      outcomes[i] = apart ? this.#applyApart(commits[i]!) : this.#apply(commits[i]!);
    }
    this.#committing = true;
    this.#statements.get(COMMIT).run([]);
    this.#committing = false;
    return outcomes;
  }

  #apply(changes: Changes): CommitResult {
    const rows = new Array<readonly Row[]>(changes.length);
    for (let i = 0; i < changes.length; i++) {
      const change = changes[i]!;
      let touched: number;
      try {
        const prepared = this.#statements.get(change.statement);
        if (prepared.returnsRows) {
          const returned = prepared.all(change.params);
          rows[i] = returned;
          touched = returned.length;
        } else {
          rows[i] = noRows();
          touched = prepared.run(change.params);
        }
      } catch (error) {
        if (isTooLargeInteger(error) || isDatabaseFailure(error)) throw error;
        throw new ChangeFailed(changeFailure(i, change, error));
      }
      if (change.rows !== undefined && touched !== change.rows) {
        throw new ChangeFailed(wrongRowCount(i, change, touched));
      }
    }
    return rows;
  }

  #applyApart(changes: Changes): Outcome {
    let outcome: Outcome;
    this.#statements.get(SAVEPOINT).run([]);
    try {
      outcome = this.#apply(changes);
    } catch (error) {
      if (!(error instanceof ChangeFailed)) throw error;
      this.#statements.get(ROLLBACK_TO).run([]);
      outcome = error.failure;
    }
    this.#statements.get(RELEASE).run([]);
    return outcome;
  }

  /** Some failures (a full disk) make SQLite roll back by itself; then there is nothing left to roll back. */
  #rollback(): void {
    this.#committing = false;
    try {
      this.#database.exec("ROLLBACK");
    } catch {
      // No transaction is open.
    }
  }
}
