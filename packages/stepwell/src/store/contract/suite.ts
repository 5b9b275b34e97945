import type { VirtualClock } from "../../kernel/clock.ts";
import type { Migration } from "../migrations/migration.ts";
import type { Change, CommitResult, Param, Statement, Store, Value } from "../store.ts";
import { CONTRACT_MIGRATIONS, oneItem } from "./tables.ts";

/** Where a store keeps its data, for one run of the suite. */
export interface Place {
  /** Opens it; a second time, after close(), finds what was stored unless the place forgets. */
  open(migrations: readonly Migration[]): Promise<Store>;
  readonly clock: VirtualClock;
  /** Whether data is still there after close(). */
  readonly persistent: boolean;
  remove(): Promise<void>;
}

/** What the tests of one store share: the open store, and names nobody has used yet. */
export class Suite {
  readonly makePlace: () => Promise<Place>;
  #place: Place | undefined;
  #store: Store | undefined;
  #names = 0;

  constructor(makePlace: () => Promise<Place>) {
    this.makePlace = makePlace;
  }

  async open(): Promise<void> {
    this.#place = await this.makePlace();
    this.#store = await this.#place.open(CONTRACT_MIGRATIONS);
  }

  async close(): Promise<void> {
    await this.#store?.close();
    await this.#place?.remove();
  }

  get place(): Place {
    return this.#place!;
  }

  get store(): Store {
    return this.#store!;
  }

  fresh(): string {
    return `name${this.#names++}`;
  }

  commit(key: string, ...changes: Change[]): Promise<CommitResult> {
    return this.store.commit(changes, { key });
  }

  /** The version of an item, or undefined when it is not there. */
  async item(id: string): Promise<Value | undefined> {
    return (await this.store.read(oneItem, [id]))[0]?.version;
  }
}

export function change(made: Statement, params: readonly Param[], rows?: number): Change {
  return rows === undefined ? { statement: made, params } : { statement: made, params, rows };
}

export async function rejection(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => {
      throw new Error("It resolved, and should have been rejected.");
    },
    (error: Error) => error,
  );
}

/** All bytes of a stream. */
export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}
