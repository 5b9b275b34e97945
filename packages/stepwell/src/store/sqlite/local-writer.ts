import type { DatabaseSync } from "node:sqlite";
import type { Changes, Outcome } from "../outcome.ts";
import { Checkpointer } from "./checkpointer.ts";
import { SqliteWriter } from "./writer.ts";

/** Whatever turns commits into outcomes: in this thread, or in one of its own. */
export interface FlushWriter {
  flush(commits: readonly Changes[]): Outcome[] | Promise<Outcome[]>;
  /** Leaves a database file with nothing in its log. */
  close(): Promise<void>;
}

/** Writes in the thread that calls it. */
export class LocalWriter implements FlushWriter {
  readonly #database: DatabaseSync;
  readonly #writer: SqliteWriter;
  readonly #checkpointer: Checkpointer;

  constructor(database: DatabaseSync, file: string, onTrouble: (message: string) => void) {
    this.#database = database;
    this.#writer = new SqliteWriter(database, file);
    this.#checkpointer = new Checkpointer(database, file, onTrouble);
  }

  flush(commits: readonly Changes[]): Outcome[] {
    const outcomes = this.#writer.flush(commits);
    this.#checkpointer.afterFlush();
    return outcomes;
  }

  async close(): Promise<void> {
    await this.#checkpointer.close();
    this.#database.close();
  }
}
