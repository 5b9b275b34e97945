import { readJournal } from "../../durable/journal.ts";
import type { JournalRow } from "../../durable/journal-row.ts";
import { catchUp, type ExecutionState, foldJournal } from "../../durable/machine.ts";
import type { Change, Store } from "../../store/store.ts";

/** An execution as its journal tells it, read on as the journal grows. */
export class ObservedExecution {
  readonly key: string;
  readonly rows: JournalRow[] = [];
  /** Undefined until its first commit has been read. */
  state: ExecutionState | undefined;
  /** How many commits it has had, and whether the last of them has ended it. */
  commits = 0;
  ended = false;
  #read = -1;
  #reading: Promise<void> = Promise.resolve();

  constructor(key: string) {
    this.key = key;
  }

  /** Reads what was committed since the last time. */
  refresh(store: Store): Promise<void> {
    this.#reading = this.#reading.then(async () => {
      if (this.#read === this.commits) return;
      const { commits } = this;
      const rows = await readJournal(store, this.key, this.rows.at(-1)?.seq ?? 0);
      this.rows.push(...rows);
      if (this.state) catchUp(this.state, rows);
      else if (rows.length > 0) this.state = foldJournal(rows);
      this.#read = commits;
    });
    return this.#reading;
  }
}

/** The executions of an engine, by their keys. */
export class Observations {
  readonly #all = new Map<string, ObservedExecution>();
  readonly #running = new Set<ObservedExecution>();

  get(key: string): ObservedExecution {
    let execution = this.#all.get(key);
    if (!execution) {
      execution = new ObservedExecution(key);
      this.#all.set(key, execution);
    }
    return execution;
  }

  /** Reads what was committed of any of them. */
  async refresh(store: Store): Promise<void> {
    for (const execution of this.#all.values()) await execution.refresh(store);
  }

  /** Those that have begun and not ended, with all that was committed of them. */
  async running(store: Store): Promise<readonly ObservedExecution[]> {
    const running = [...this.#running];
    for (const execution of running) await execution.refresh(store);
    return running;
  }

  /** What each operation is, by the number of its execution, in order of their starts, and its id. */
  summary(): Map<string, string> {
    const summary = new Map<string, string>();
    for (const [number, { state }] of [...this.#all.values()].entries()) {
      for (const { Id, Type, SubType, Name } of state?.operations.values() ?? []) {
        summary.set(
          `${number} ${Id}`,
          [SubType ?? Type, Name && JSON.stringify(Name)].filter(Boolean).join(" "),
        );
      }
    }
    return summary;
  }

  /** Takes notice of a commit. Returns the execution it was about. */
  committed(changes: readonly Change[], key: string): ObservedExecution | undefined {
    let about: ObservedExecution | undefined;
    for (const { statement } of changes) {
      if (!EXECUTION_STATEMENTS.has(statement.name)) continue;
      about ??= this.get(key);
      if (statement.name === "execution.insert") this.#running.add(about);
      if (statement.name === "execution.end") {
        this.#running.delete(about);
        about.ended = true;
      }
    }
    if (about) about.commits++;
    return about;
  }
}

const EXECUTION_STATEMENTS: ReadonlySet<string> = new Set([
  "execution.insert",
  "execution.end",
  "journal.insert",
]);
