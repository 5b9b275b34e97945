import { type Change, insert, type Row, type Store, statement } from "../../store/store.ts";
import { type BusName, LAST_TEXT, type Place } from "../names.ts";

/** An archive as it is stored. */
export interface Archive extends Place {
  readonly id: number;
  readonly name: string;
  /** The name of its bus, which is in the same place. */
  readonly bus: string;
  readonly pattern?: string;
  readonly description?: string;
  readonly kmsKey?: string;
  /** 0 keeps for ever. */
  readonly retentionDays: number;
  readonly createdAtMs: number;
  readonly version: number;
}

const COLUMNS =
  "id, account, region, name, bus, pattern, description, kms_key, retention_days, created_at, version";

const find = statement(
  "eventArchive.find",
  `SELECT ${COLUMNS} FROM event_archives WHERE account = $1 AND region = $2 AND name = $3`,
);
const findById = statement("eventArchive.findById", `SELECT ${COLUMNS} FROM event_archives WHERE id = $1`);
const list = statement(
  "eventArchive.list",
  `SELECT ${COLUMNS} FROM event_archives
   WHERE account = $1 AND region = $2 AND name > $3 AND name >= $4 AND name < $5 ORDER BY name LIMIT $6`,
);
const ofBus = statement(
  "eventArchive.ofBus",
  `SELECT ${COLUMNS} FROM event_archives WHERE account = $1 AND region = $2 AND bus = $3 ORDER BY name`,
);
const insertOne = insert("eventArchive.insert", "event_archives", {
  id: "bigint",
  account: "text",
  region: "text",
  name: "text",
  bus: "text",
  pattern: "text",
  description: "text",
  kms_key: "text",
  retention_days: "bigint",
  created_at: "bigint",
  version: "bigint",
});
const update = statement(
  "eventArchive.update",
  `UPDATE event_archives SET pattern = $2, description = $3, kms_key = $4, retention_days = $5,
     version = version + 1 WHERE id = $1 AND version = $6`,
);
const deleteOne = statement(
  "eventArchive.delete",
  "DELETE FROM event_archives WHERE id = $1 AND version = $2",
);

export interface ArchiveListing extends Place {
  readonly afterName: string;
  readonly prefix: string;
  readonly most: number;
}

export const archives = {
  async find(store: Store, { account, region }: Place, name: string): Promise<Archive | undefined> {
    const [row] = await store.read(find, [account, region, name]);
    return row && toArchive(row);
  },
  async findById(store: Store, id: number): Promise<Archive | undefined> {
    const [row] = await store.read(findById, [id]);
    return row && toArchive(row);
  },
  /** By name. */
  async list(store: Store, listing: ArchiveListing): Promise<Archive[]> {
    const { account, region, afterName, prefix, most } = listing;
    const rows = await store.read(list, [account, region, afterName, prefix, prefix + LAST_TEXT, most]);
    return rows.map(toArchive);
  },
  async ofBus(store: Store, { account, region, name }: BusName): Promise<Archive[]> {
    return (await store.read(ofBus, [account, region, name])).map(toArchive);
  },
  /** Conflicts with an archive of that name. */
  insert(archive: Archive): Change {
    const { id, account, region, name, bus, createdAtMs } = archive;
    const params = [id, account, region, name, bus, ...settingsOf(archive), createdAtMs, 1];
    return { statement: insertOne, params };
  },
  /** Conflicts when the archive has changed since it was read. */
  update(archive: Archive): Change {
    const params = [archive.id, ...settingsOf(archive), archive.version];
    return { statement: update, params, rows: 1 };
  },
  /** Conflicts when the archive has changed since it was read. */
  delete({ id, version }: Archive): Change {
    return { statement: deleteOne, params: [id, version], rows: 1 };
  },
};

function settingsOf({ pattern, description, kmsKey, retentionDays }: Archive) {
  return [pattern ?? null, description ?? null, kmsKey ?? null, retentionDays];
}

function toArchive(row: Row): Archive {
  return {
    id: Number(row.id),
    account: String(row.account),
    region: String(row.region),
    name: String(row.name),
    bus: String(row.bus),
    ...(row.pattern === null ? {} : { pattern: String(row.pattern) }),
    ...(row.description === null ? {} : { description: String(row.description) }),
    ...(row.kms_key === null ? {} : { kmsKey: String(row.kms_key) }),
    retentionDays: Number(row.retention_days),
    createdAtMs: Number(row.created_at),
    version: Number(row.version),
  };
}
