import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { Changes, Failure, Outcome } from "../outcome.ts";
import type { Param, Statement } from "../store.ts";
import type { FlushWriter } from "./local-writer.ts";

/** A change as it crosses to the thread: the number of its statement, its parameters, its row count. */
export type WireChange = readonly [statement: number, params: readonly Param[], rows: number | undefined];

export type Order =
  | {
      readonly kind: "flush";
      /** Statements that the thread has not seen yet; they are numbered in the order of their arrival. */
      readonly statements: readonly Statement[];
      readonly commits: readonly (readonly WireChange[])[];
    }
  | { readonly kind: "end" };

export type Answer =
  | { readonly kind: "flushed"; readonly outcomes: Outcome[] }
  | { readonly kind: "trouble"; readonly message: string };

/** Writes in a thread of its own, one flush at a time. */
export class ThreadedWriter implements FlushWriter {
  readonly #thread: Worker;
  readonly #file: string;
  readonly #numbers = new Map<Statement, number>();
  #flushed: ((outcomes: Outcome[] | undefined) => void) | undefined;
  #exited = false;

  constructor(file: string, onTrouble: (message: string) => void) {
    this.#file = file;
    this.#thread = new Worker(new URL(`./writer-thread${extname(import.meta.url)}`, import.meta.url), {
      workerData: { file },
    });
    this.#thread.unref();
    this.#thread.on("message", (answer: Answer) => {
      if (answer.kind === "trouble") onTrouble(answer.message);
      else this.#settle(answer.outcomes);
    });
    this.#thread.on("error", (error) => onTrouble(`the writer thread ended: ${error.message}`));
    this.#thread.on("exit", () => {
      this.#exited = true;
      this.#settle(undefined);
    });
  }

  async flush(commits: readonly Changes[]): Promise<Outcome[]> {
    if (this.#exited) return commits.map(() => this.#gone(false));
    const order = this.#encode(commits);
    const flushed = new Promise<Outcome[] | undefined>((resolve) => {
      this.#flushed = resolve;
    });
    // The process must not end while a commit is under way.
    this.#thread.ref();
    this.#thread.postMessage(order);
    return (await flushed) ?? commits.map(() => this.#gone(true));
  }

  async close(): Promise<void> {
    if (this.#exited) return;
    const exited = new Promise((resolve) => this.#thread.once("exit", resolve));
    this.#thread.ref();
    this.#thread.postMessage({ kind: "end" } satisfies Order);
    await exited;
  }

  #settle(outcomes: Outcome[] | undefined): void {
    const settle = this.#flushed;
    this.#flushed = undefined;
    this.#thread.unref();
    settle?.(outcomes);
  }

  #encode(commits: readonly Changes[]): Order {
    const statements: Statement[] = [];
    const encoded = commits.map((changes) =>
      changes.map(({ statement, params, rows }): WireChange => {
        let number = this.#numbers.get(statement);
        if (number === undefined) {
          number = this.#numbers.size;
          this.#numbers.set(statement, number);
          statements.push(statement);
        }
        return [number, params.map(alone), rows];
      }),
    );
    return { kind: "flush", statements, commits: encoded };
  }

  #gone(committing: boolean): Failure {
    return committing
      ? {
          kind: "unknown",
          message: `The thread that writes ${this.#file} ended in the middle of a commit. Restart: then the data says whether it is there.`,
        }
      : {
          kind: "error",
          code: "StoreUnreachable",
          message: `The thread that writes ${this.#file} has ended. Nothing was stored. Restart.`,
        };
  }
}

/** A view of a larger buffer would take all of it along to the thread. */
function alone(param: Param): Param {
  if (!(param instanceof Uint8Array) || param.byteLength === param.buffer.byteLength) return param;
  return Uint8Array.from(param);
}
