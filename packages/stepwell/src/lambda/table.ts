import { referToBlob, releaseBlobs } from "../store/blobs/blobs.ts";
import { type Change, insert, type Row, type Store, statement } from "../store/store.ts";
import type { FunctionRecord } from "./record.ts";

const COLUMNS = "account, region, name, version, revision_id, data";

const findOne = statement(
  "function.find",
  `SELECT ${COLUMNS} FROM functions WHERE account = $1 AND region = $2 AND name = $3 AND version = $4`,
);
const listAfter = statement(
  "function.list",
  `SELECT ${COLUMNS} FROM functions WHERE account = $1 AND region = $2 AND name > $3 ORDER BY name, version LIMIT $4`,
);
const insertOne = insert("function.insert", "functions", {
  account: "text",
  region: "text",
  name: "text",
  version: "text",
  revision_id: "text",
  data: "text",
});
const updateOne = statement(
  "function.update",
  `UPDATE functions SET revision_id = $1, data = $2
   WHERE account = $3 AND region = $4 AND name = $5 AND version = $6 AND revision_id = $7`,
);
const deleteOne = statement(
  "function.delete",
  "DELETE FROM functions WHERE account = $1 AND region = $2 AND name = $3 AND version = $4",
);

/** What identifies a version of a function. */
export type FunctionKey = Pick<FunctionRecord, "account" | "region" | "name" | "version">;

/** The functions in the store. */
export const functions = {
  async find(store: Store, key: FunctionKey): Promise<FunctionRecord | undefined> {
    const [row] = await store.read(findOne, params(key));
    return row && toRecord(row);
  },
  /** By name, beyond `afterName`. */
  async list(store: Store, account: string, region: string, afterName: string, most: number) {
    const rows = await store.read(listAfter, [account, region, afterName, most]);
    return rows.map(toRecord);
  },
  /** Rejects with Conflict when there is one of that name, or when its blob was collected. */
  async insert(store: Store, record: FunctionRecord): Promise<void> {
    const row = { statement: insertOne, params: [...params(record), record.revisionId, toData(record)] };
    await store.commit([row, ...codeReference(record)], { key: owner(record) });
  },
  /** Rejects with Conflict when the stored one is not `before` any more. */
  async update(store: Store, before: FunctionRecord, after: FunctionRecord): Promise<void> {
    const row: Change = {
      statement: updateOne,
      params: [after.revisionId, toData(after), ...params(before), before.revisionId],
      rows: 1,
    };
    const blobs = before.code === after.code ? [] : [releaseCode(before), ...codeReference(after)];
    await store.commit([row, ...blobs], { key: owner(after) });
  },
  /** Rejects with Conflict when it is gone. */
  async delete(store: Store, key: FunctionKey): Promise<void> {
    const row = { statement: deleteOne, params: params(key), rows: 1 };
    await store.commit([row, releaseCode(key)], { key: owner(key) });
  },
};

/** Who refers to the blob of the code. */
function owner({ account, region, name, version }: FunctionKey): string {
  return `lambda/${account}/${region}/${name}/${version}`;
}

function codeReference(record: FunctionRecord): Change[] {
  return "folder" in record.code
    ? []
    : [{ statement: referToBlob, params: [owner(record), record.code.sha256] }];
}

function releaseCode(key: FunctionKey): Change {
  return { statement: releaseBlobs, params: [owner(key)] };
}

function params({ account, region, name, version }: FunctionKey): string[] {
  return [account, region, name, version];
}

function toData({ settings, code, architectures, tags, lastModifiedMs }: FunctionRecord): string {
  return JSON.stringify({ settings, code, architectures, tags, lastModifiedMs });
}

function toRecord(row: Row): FunctionRecord {
  return {
    account: String(row.account),
    region: String(row.region),
    name: String(row.name),
    version: String(row.version),
    revisionId: String(row.revision_id),
    ...JSON.parse(String(row.data)),
  };
}
