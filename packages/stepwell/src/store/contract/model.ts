import fc from "fast-check";
import { Conflict } from "../errors.ts";
import type { Change, Row } from "../store.ts";
import { change } from "./suite.ts";
import { addEntry, addItem, bumpItem, moveItem, removeItem, setItem } from "./tables.ts";

/** What a random commit consists of. */
export interface PlannedChange {
  readonly kind: "add" | "entry" | "set" | "move" | "bump" | "remove";
  readonly item: number;
  readonly n: number;
}

interface PlannedCommit {
  readonly key: string;
  readonly changes: readonly PlannedChange[];
}

const plannedChange: fc.Arbitrary<PlannedChange> = fc.record({
  // Inserts twice as often: they are what stores may merge.
  kind: fc.constantFrom("add", "add", "entry", "entry", "set", "move", "bump", "remove"),
  item: fc.nat(3),
  n: fc.nat(6),
});

/** Bursts of commits; those of one burst are made at once, over keys whose rows are their own. */
export const bursts: fc.Arbitrary<PlannedCommit[][]> = fc.array(
  fc.array(
    fc.record({
      key: fc.constantFrom("a", "b", "c"),
      changes: fc.array(plannedChange, { minLength: 1, maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 12 },
  ),
  { minLength: 1, maxLength: 4 },
);

export function changeOf({ kind, n }: PlannedChange, id: string): Change {
  switch (kind) {
    case "add":
      return change(addItem, [id, n], 1);
    case "entry":
      return change(addEntry, [id, n]);
    case "set":
      return change(setItem, [id, n]);
    case "move":
      return change(moveItem, [id, n, n + 1], 1);
    case "bump":
      return change(bumpItem, [id]);
    case "remove":
      return change(removeItem, [id], 1);
  }
}

export type PlannedOutcome = { readonly failedAt: number } | { readonly rows: readonly (readonly Row[])[] };

export async function outcome(commit: Promise<readonly (readonly Row[])[]>): Promise<PlannedOutcome> {
  try {
    return { rows: (await commit).map((rows) => rows.map((row) => ({ ...row }))) };
  } catch (error) {
    if (error instanceof Conflict) return { failedAt: error.changeIndex };
    throw error;
  }
}

/** What the tables must hold, computed by hand. */
export class Model {
  #items = new Map<string, number>();
  #entries = new Set<string>();

  commit({ key, changes }: PlannedCommit, run: string): PlannedOutcome {
    const items = new Map(this.#items);
    const entries = new Set(this.#entries);
    const rows: Row[][] = [];
    for (const [index, one] of changes.entries()) {
      const returned = apply(one, `${run}/${key}/${one.item}`, items, entries);
      if (!returned) return { failedAt: index };
      rows.push(returned);
    }
    this.#items = items;
    this.#entries = entries;
    return { rows };
  }

  itemRows(): Row[] {
    return [...this.#items].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, version]) => ({ id, version }));
  }

  entryRows(): Row[] {
    return [...this.#entries].sort().map((text) => JSON.parse(text) as Row);
  }
}

/** The rows a change returns, or undefined when it must conflict. */
function apply(
  { kind, n }: PlannedChange,
  id: string,
  items: Map<string, number>,
  entries: Set<string>,
): Row[] | undefined {
  const version = items.get(id);
  switch (kind) {
    case "add":
      if (version !== undefined) return undefined;
      items.set(id, n);
      return [];
    case "entry": {
      const entry = JSON.stringify({ item: id, n });
      if (entries.has(entry)) return undefined;
      entries.add(entry);
      return [];
    }
    case "set":
      items.set(id, n);
      return [];
    case "move":
      if (version !== n) return undefined;
      items.set(id, n + 1);
      return [];
    case "bump":
      if (version === undefined) return [];
      items.set(id, version + 1);
      return [{ id, version: version + 1 }];
    case "remove":
      return items.delete(id) ? [] : undefined;
  }
}
