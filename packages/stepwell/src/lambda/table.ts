import type { AwsError } from "../kernel/errors.ts";
import { referToBlob, releaseBlobs } from "../store/blobs/blobs.ts";
import { Conflict } from "../store/errors.ts";
import { type Change, insert, type Row, type Store, statement } from "../store/store.ts";
import { functionNotFound } from "./errors.ts";
import type { FunctionRecord } from "./record.ts";
import { functionArn, LATEST, type Place } from "./reference.ts";
import { type FunctionShared, hasQualifier, NOTHING_SHARED } from "./shared.ts";
import { functionUrls } from "./urls/table.ts";

/** Every row comes with what the versions of its function share, which lies with `$LATEST`. */
const SELECT = `SELECT f.account, f.region, f.name, f.version, f.revision_id, f.data, l.shared, l.shared_version
  FROM functions f JOIN functions l
    ON l.account = f.account AND l.region = f.region AND l.name = f.name AND l.version = '${LATEST}'`;

const findOne = statement(
  "function.find",
  `${SELECT} WHERE f.account = $1 AND f.region = $2 AND f.name = $3 AND f.version = $4`,
);
const isCurrent = statement(
  "function.isCurrent",
  `SELECT 1 AS yes FROM functions f JOIN functions l
     ON l.account = f.account AND l.region = f.region AND l.name = f.name AND l.version = '${LATEST}'
   WHERE f.account = $1 AND f.region = $2 AND f.name = $3 AND f.version = $4
     AND f.revision_id = $5 AND l.shared_version = $6`,
);
const listAfter = statement(
  "function.list",
  `${SELECT} WHERE f.account = $1 AND f.region = $2 AND (f.name, f.version) > ($3, $4)
   AND ($5 = 1 OR f.version = '${LATEST}') ORDER BY f.name, f.version LIMIT $6`,
);
const listVersions = statement(
  "function.versions",
  `${SELECT} WHERE f.account = $1 AND f.region = $2 AND f.name = $3`,
);
const insertOne = insert("function.insert", "functions", {
  account: "text",
  region: "text",
  name: "text",
  version: "text",
  revision_id: "text",
  data: "text",
  shared: "text",
  shared_version: "bigint",
});
const updateLatest = statement(
  "function.update",
  `UPDATE functions SET revision_id = $1, data = $2, shared = $3, shared_version = $4
   WHERE account = $5 AND region = $6 AND name = $7 AND version = '${LATEST}'
     AND revision_id = $8 AND shared_version = $9`,
);
/** It touches the row and changes nothing: a guard of what is decided on it. */
const touchLatest = statement(
  "function.touch",
  `UPDATE functions SET shared_version = shared_version
   WHERE account = $1 AND region = $2 AND name = $3 AND version = '${LATEST}' AND shared_version = $4`,
);
const deleteVersion = statement(
  "function.deleteVersion",
  "DELETE FROM functions WHERE account = $1 AND region = $2 AND name = $3 AND version = $4",
);
const deleteAll = statement(
  "function.delete",
  "DELETE FROM functions WHERE account = $1 AND region = $2 AND name = $3",
);
/** Blobs of functions are owned as `lambda/ACCOUNT/REGION/NAME/VERSION`; `0` follows `/`. */
const releaseAll = statement(
  "function.releaseBlobs",
  "DELETE FROM blob_refs WHERE owner >= $1 || '/' AND owner < $1 || '0'",
);

/** What identifies a version of a function. */
export type FunctionKey = Pick<FunctionRecord, "account" | "region" | "name" | "version">;

/** A change of a function. */
export interface Modification {
  /** What its `$LATEST` becomes, with what all versions share. */
  readonly latest: FunctionRecord;
  /** A version that comes into being. */
  readonly published?: FunctionRecord;
  /** A version that goes. */
  readonly removed?: string;
}

/** More rounds than this lost to others mean that something else is wrong. */
const MOST_ROUNDS = 20;

const changeCounts = new WeakMap<Store, number>();

/** Counts afterwards, whatever came of it: a record that is read meanwhile may be the old one. */
async function commit(store: Store, changes: readonly Change[], key: string): Promise<void> {
  try {
    await store.commit(changes, { key });
  } finally {
    changeCounts.set(store, (changeCounts.get(store) ?? 0) + 1);
  }
}

/** The functions in the store. */
export const functions = {
  async find(store: Store, key: FunctionKey): Promise<FunctionRecord | undefined> {
    const [row] = await store.read(findOne, params(key));
    return row && toRecord(row);
  },
  /**
   * How often the functions of a store have been changed; undefined where other processes may change them too. A record
   * whose reading began at this count is what the store has as long as the count stays.
   */
  changes(store: Store): number | undefined {
    return store.kind === "sqlite" ? (changeCounts.get(store) ?? 0) : undefined;
  },
  /** Asks the store whether a record is what it has: much cheaper than reading it again. */
  async isCurrent(store: Store, record: FunctionRecord): Promise<boolean> {
    const guard = [...params(record), record.revisionId, record.shared.changes];
    return (await store.read(isCurrent, guard)).length > 0;
  },
  /** The function's `$LATEST`. Throws ResourceNotFoundException, in the words of `missing` if they differ. */
  async latest(
    store: Store,
    { account, region }: Place,
    name: string,
    missing = () => functionNotFound(functionArn(account, region, name)),
  ): Promise<FunctionRecord> {
    const record = await functions.find(store, { account, region, name, version: LATEST });
    if (!record) throw missing();
    return record;
  },
  /** By name and version, beyond `after`; only `$LATEST` of each, or `all` versions. */
  async list(
    store: Store,
    { account, region }: Place,
    after: Pick<FunctionKey, "name" | "version">,
    all: boolean,
    most: number,
  ) {
    const params = [account, region, after.name, after.version, all ? 1 : 0, most];
    return (await store.read(listAfter, params)).map(toRecord);
  },
  /** All versions of a function, in no order. */
  async versions(store: Store, { account, region }: Place, name: string) {
    return (await store.read(listVersions, [account, region, name])).map(toRecord);
  },
  /** Rejects with Conflict when there is one of that name, or when its blob was collected. */
  async insert(store: Store, { latest, published }: Modification): Promise<void> {
    const changes = [...insertion(latest), ...(published ? insertion(published) : [])];
    await commit(store, changes, owner(latest));
  },
  /**
   * Changes a function as `decide` says: it gets its `$LATEST` and is asked again when somebody else was faster. What
   * it throws is thrown on, and nothing has changed. Throws ResourceNotFoundException when there is no such function.
   */
  async modify<M extends Modification>(
    store: Store,
    place: Place,
    name: string,
    decide: (latest: FunctionRecord) => M,
    missing?: () => AwsError,
  ): Promise<M> {
    for (let round = 1; ; round++) {
      const before = await functions.latest(store, place, name, missing);
      const decided = decide(before);
      if (before === decided.latest) return decided;
      try {
        await commit(store, modification(before, decided), owner(decided.latest));
        return decided;
      } catch (error) {
        if (!(error instanceof Conflict) || round === MOST_ROUNDS) throw error;
      }
    }
  },
  /** Rejects the commit that it is part of with Conflict when what the versions share has changed since. */
  unchanged({ account, region, name, shared }: FunctionRecord): Change {
    return { statement: touchLatest, params: [account, region, name, shared.changes], rows: 1 };
  },
  /** Removes every version. Rejects with Conflict when there is none. */
  async delete(store: Store, key: FunctionKey): Promise<void> {
    const { account, region, name } = key;
    await commit(
      store,
      [
        { statement: deleteVersion, params: params({ ...key, version: LATEST }), rows: 1 },
        { statement: deleteAll, params: [account, region, name] },
        { statement: releaseAll, params: [family(key)] },
        functionUrls.deletionOf(key, name),
      ],
      owner(key),
    );
  },
};

function modification(before: FunctionRecord, { latest, published, removed }: Modification): Change[] {
  const { account, region, name } = before;
  const changes: Change[] = [
    {
      statement: updateLatest,
      params: [
        ...[latest.revisionId, toData(latest), toShared(latest.shared), before.shared.changes + 1],
        ...[account, region, name, before.revisionId, before.shared.changes],
      ],
      rows: 1,
    },
  ];
  if (before.code !== latest.code || before.layers !== latest.layers) {
    changes.push(releaseCode(before), ...codeReferences(latest));
  }
  for (const alias of before.shared.aliases) {
    if (hasQualifier(latest.shared, alias.name)) continue;
    changes.push(functionUrls.deletionOf(before, name, alias.name));
  }
  if (published) changes.push(...insertion(published));
  if (removed !== undefined) {
    const key = { account, region, name, version: removed };
    changes.push({ statement: deleteVersion, params: params(key), rows: 1 }, releaseCode(key));
  }
  return changes;
}

/** A version's own columns of what is shared are never read. */
function insertion(record: FunctionRecord): Change[] {
  const shared = record.version === LATEST ? toShared(record.shared) : "{}";
  const row = [...params(record), record.revisionId, toData(record), shared, 0];
  return [{ statement: insertOne, params: row }, ...codeReferences(record)];
}

/** Who refers to the blobs of a version's code and layers. */
function owner(key: FunctionKey): string {
  return `${family(key)}/${key.version}`;
}

function family({ account, region, name }: FunctionKey): string {
  return `lambda/${account}/${region}/${name}`;
}

function codeReferences(record: FunctionRecord): Change[] {
  const packages = "folder" in record.code ? record.layers : [record.code, ...record.layers];
  return packages.map(({ sha256 }) => ({ statement: referToBlob, params: [owner(record), sha256] }));
}

function releaseCode(key: FunctionKey): Change {
  return { statement: releaseBlobs, params: [owner(key)] };
}

function params({ account, region, name, version }: FunctionKey): string[] {
  return [account, region, name, version];
}

function toData({ settings, code, layers, architectures, lastModifiedMs }: FunctionRecord): string {
  return JSON.stringify({ settings, code, layers, architectures, lastModifiedMs });
}

function toShared({ changes: _, ...shared }: FunctionShared): string {
  return JSON.stringify(shared);
}

function toRecord(row: Row): FunctionRecord {
  return {
    account: String(row.account),
    region: String(row.region),
    name: String(row.name),
    version: String(row.version),
    revisionId: String(row.revision_id),
    layers: [],
    ...JSON.parse(String(row.data)),
    shared: {
      ...NOTHING_SHARED,
      ...JSON.parse(String(row.shared)),
      changes: Number(row.shared_version),
    },
  };
}
