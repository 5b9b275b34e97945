import { type Change, insert, type Row, type Store, statement } from "../store/store.ts";
import type { Place, Secret, SecretValue } from "./secret.ts";

const COLUMNS = "account, region, name, arn, deletes_at, data, revision";

const find = statement(
  "secret.find",
  `SELECT ${COLUMNS} FROM secrets WHERE account = $1 AND region = $2 AND name = $3`,
);
const all = statement("secret.all", `SELECT ${COLUMNS} FROM secrets WHERE account = $1 AND region = $2`);
const insertOne = insert("secret.insert", "secrets", {
  account: "text",
  region: "text",
  name: "text",
  arn: "text",
  deletes_at: "bigint",
  data: "text",
  revision: "bigint",
});
const updateOne = statement(
  "secret.update",
  `UPDATE secrets SET deletes_at = $1, data = $2, revision = revision + 1 WHERE arn = $3 AND account = $4
     AND region = $5 AND name = $6 AND revision = $7`,
);
const deleteOne = statement(
  "secret.delete",
  "DELETE FROM secrets WHERE account = $1 AND region = $2 AND name = $3 AND revision = $4",
);
const deleteValues = statement("secret.deleteValues", "DELETE FROM secret_values WHERE arn = $1");
const findValue = statement(
  "secret.findValue",
  "SELECT text_value, binary_value FROM secret_values WHERE arn = $1 AND version = $2",
);
const insertValue = insert("secret.insertValue", "secret_values", {
  arn: "text",
  version: "text",
  text_value: "text",
  binary_value: "bytea",
});
const deleteValue = statement(
  "secret.deleteValue",
  "DELETE FROM secret_values WHERE arn = $1 AND version = $2",
);
const expired = statement(
  "secret.expired",
  `SELECT ${COLUMNS} FROM secrets WHERE deletes_at <= $1 ORDER BY deletes_at LIMIT $2`,
);
const nextExpiry = statement(
  "secret.nextExpiry",
  "SELECT MIN(deletes_at) AS at FROM secrets WHERE deletes_at IS NOT NULL",
);

export const secrets = {
  async find(store: Store, { account, region }: Place, name: string): Promise<Secret | undefined> {
    const [row] = await store.read(find, [account, region, name]);
    return row && toSecret(row);
  },
  async all(store: Store, { account, region }: Place): Promise<Secret[]> {
    return (await store.read(all, [account, region])).map(toSecret);
  },
  /** Those whose time has come. */
  async expired(store: Store, nowMs: number, most: number): Promise<Secret[]> {
    return (await store.read(expired, [nowMs, most])).map(toSecret);
  },
  async nextExpiryMs(store: Store): Promise<number | undefined> {
    const [row] = await store.read(nextExpiry, []);
    return row?.at == null ? undefined : Number(row.at);
  },
  /** Conflicts with one of that name. */
  insert(secret: Secret): Change {
    const { account, region, name, arn, revision } = secret;
    return { statement: insertOne, params: [account, region, name, arn, null, dataText(secret), revision] };
  },
  /** Conflicts when it is no longer at that revision. */
  update(secret: Secret): Change {
    const { account, region, name, arn, deletesAtMs, revision } = secret;
    const params = [deletesAtMs ?? null, dataText(secret), arn, account, region, name, revision];
    return { statement: updateOne, params, rows: 1 };
  },
  /** With the values of all its versions. */
  delete({ account, region, name, arn, revision }: Secret): Change[] {
    return [
      { statement: deleteOne, params: [account, region, name, revision], rows: 1 },
      { statement: deleteValues, params: [arn] },
    ];
  },
  async value(store: Store, arn: string, version: string): Promise<SecretValue | undefined> {
    const [row] = await store.read(findValue, [arn, version]);
    if (!row) return undefined;
    return row.text_value === null
      ? { binary: row.binary_value as Uint8Array }
      : { text: JSON.parse(String(row.text_value)) };
  },
  /** Text is stored as JSON: it may have characters that PostgreSQL's text has not. */
  insertValue(arn: string, version: string, value: SecretValue): Change {
    const [text, binary] = "text" in value ? [JSON.stringify(value.text), null] : [null, value.binary];
    return { statement: insertValue, params: [arn, version, text, binary] };
  },
  deleteValue(arn: string, version: string): Change {
    return { statement: deleteValue, params: [arn, version] };
  },
};

function dataText(secret: Secret): string {
  const {
    account: _,
    region: __,
    name: ___,
    arn: ____,
    deletesAtMs: _____,
    revision: ______,
    ...data
  } = secret;
  return JSON.stringify(data);
}

function toSecret(row: Row): Secret {
  return {
    account: String(row.account),
    region: String(row.region),
    name: String(row.name),
    arn: String(row.arn),
    ...(row.deletes_at === null ? {} : { deletesAtMs: Number(row.deletes_at) }),
    ...JSON.parse(String(row.data)),
    revision: Number(row.revision),
  };
}
