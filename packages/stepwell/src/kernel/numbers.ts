import { type Store, statement } from "../store/store.ts";

const nextBlock = statement(
  "numbers.nextBlock",
  `INSERT INTO counters (name, value) VALUES ('numbers', 1)
   ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value`,
);

/** A block has this many numbers; 2^21 blocks fit into the integers that JavaScript counts exactly. */
const BLOCK = 2 ** 32;

/**
 * Ascending integers that no other node, and no earlier start of this one, gives out: short keys for rows that there
 * are many of. One commit takes a block of them.
 */
export async function openNumbers(store: Store, owner: string): Promise<() => number> {
  const [[row]] = (await store.commit([{ statement: nextBlock, params: [] }], { key: owner })) as [
    [{ readonly value: number }],
  ];
  const first = Number(row.value) * BLOCK;
  let given = 0;
  return () => first + given++;
}
