import { MIGRATIONS } from "../migrations/index.ts";
import { type Migration, migration } from "../migrations/migration.ts";
import { insert, statement } from "../store.ts";

/** The product's schema and the tables of this suite. */
export const CONTRACT_MIGRATIONS: readonly Migration[] = [
  ...MIGRATIONS,
  migration(
    9001,
    "contract suite",
    `
    CREATE TABLE items (
      id TEXT NOT NULL PRIMARY KEY,
      version BIGINT NOT NULL CHECK (version >= 0)
    );
    CREATE TABLE entries (
      id SERIAL,
      item TEXT NOT NULL,
      n BIGINT NOT NULL
    );
    CREATE UNIQUE INDEX entries_item_n ON entries (item, n);
    CREATE TABLE kinds (
      id TEXT NOT NULL PRIMARY KEY,
      t TEXT,
      i BIGINT,
      d DOUBLE PRECISION,
      b BYTEA
    );
    `,
  ),
];

export const addItem = insert("contract.addItem", "items", { id: "text", version: "bigint" });
export const addEntry = insert("contract.addEntry", "entries", { item: "text", n: "bigint" });
export const setItem = statement(
  "contract.setItem",
  "INSERT INTO items (id, version) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET version = excluded.version",
);
export const moveItem = statement(
  "contract.moveItem",
  "UPDATE items SET version = $3 WHERE id = $1 AND version = $2",
);
export const bumpItem = statement(
  "contract.bumpItem",
  "UPDATE items SET version = version + 1 WHERE id = $1 RETURNING id, version",
);
export const increaseItem = statement(
  "contract.increaseItem",
  "UPDATE items SET version = version + 1 WHERE id = $1",
);
export const removeItem = statement("contract.removeItem", "DELETE FROM items WHERE id = $1");
export const removeLike = statement(
  "contract.removeLike",
  "DELETE FROM items WHERE id LIKE $1 || '%' RETURNING id",
);
export const countEntries = statement(
  "contract.countEntries",
  "SELECT count(*) AS n FROM entries WHERE item = $1",
);
export const oneItem = statement("contract.oneItem", "SELECT id, version FROM items WHERE id = $1");
export const itemsOf = statement(
  "contract.itemsOf",
  "SELECT id, version FROM items WHERE id LIKE $1 || '/%' ORDER BY id",
);
export const entriesOf = statement(
  "contract.entriesOf",
  "SELECT item, n FROM entries WHERE item LIKE $1 || '/%' ORDER BY item, n",
);
export const inOrder = statement("contract.inOrder", "SELECT n FROM entries WHERE item = $1 ORDER BY id");
export const addKind = insert("contract.addKind", "kinds", {
  id: "text",
  t: "text",
  i: "bigint",
  d: "double precision",
  b: "bytea",
});
export const kindsOf = statement("contract.kindsOf", "SELECT t, i, d, b FROM kinds WHERE id = $1");
export const twice = statement(
  "contract.twice",
  "SELECT CAST($2 AS TEXT) AS second, CAST($1 AS TEXT) AS first, CAST($2 AS TEXT) AS again",
);
export const nonsense = statement("contract.nonsense", "INSERT INTO no_such_table (id) VALUES ($1)");
export const tricky = statement(
  "contract.tricky",
  "SELECT CAST($1 AS TEXT) AS a, '$2 ? ;' AS b /* $3; */ -- $4 ?",
);
export const computed = statement(
  "contract.computed",
  `SELECT count(*) AS count, sum(n) AS sum, max(n) AS max, min(n) = 3 AS yes, min(n) > 3 AS no,
           EXISTS (SELECT 1 FROM entries WHERE item = $1) AS found, 0.5 AS half, 'x' || $1 AS text
         FROM entries WHERE item = $1`,
);
