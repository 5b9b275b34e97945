import { Conflict } from "../../store/errors.ts";
import { insert, type Row, type Store, statement } from "../../store/store.ts";
import { notFound } from "../errors.ts";
import type { Place } from "../reference.ts";
import { type Mapping, targetArn } from "./mapping.ts";

const COLUMNS = "account, region, uuid, source_arn, version, data";
const insertOne = insert("mapping.insert", "mappings", {
  account: "text",
  region: "text",
  uuid: "text",
  source_arn: "text",
  function_arn: "text",
  version: "bigint",
  data: "text",
});
const updateOne = statement(
  "mapping.update",
  `UPDATE mappings SET function_arn = $1, data = $2, version = version + 1
   WHERE account = $3 AND region = $4 AND uuid = $5 AND version = $6`,
);
const deleteOne = statement(
  "mapping.delete",
  "DELETE FROM mappings WHERE account = $1 AND region = $2 AND uuid = $3 AND version = $4",
);
const findOne = statement(
  "mapping.find",
  `SELECT ${COLUMNS} FROM mappings WHERE account = $1 AND region = $2 AND uuid = $3`,
);
const findByEnds = statement(
  "mapping.findByEnds",
  `SELECT ${COLUMNS} FROM mappings WHERE account = $1 AND region = $2 AND source_arn = $3 AND function_arn = $4`,
);
const listAfter = statement(
  "mapping.list",
  `SELECT ${COLUMNS} FROM mappings WHERE account = $1 AND region = $2 AND uuid > $3
     AND ($4 = '' OR source_arn = $4) AND ($5 = '' OR function_arn = $5)
   ORDER BY uuid LIMIT $6`,
);
const listAll = statement("mapping.listAll", `SELECT ${COLUMNS} FROM mappings`);

/** More rounds than this lost to others mean that something else is wrong. */
const MOST_ROUNDS = 20;

interface ListQuery {
  readonly after: string;
  readonly sourceArn?: string | undefined;
  readonly functionArn?: string | undefined;
  readonly most: number;
}

/** The event source mappings in the store. */
export const mappings = {
  async find(store: Store, { account, region }: Place, uuid: string): Promise<Mapping | undefined> {
    const [row] = await store.read(findOne, [account, region, uuid]);
    return row && toMapping(row);
  },
  /** Throws ResourceNotFoundException. */
  async get(store: Store, place: Place, uuid: string): Promise<Mapping> {
    const mapping = await mappings.find(store, place, uuid);
    if (!mapping) throw notFound("The resource you requested does not exist.");
    return mapping;
  },
  /** The one that there is between a source and a function. */
  async between(store: Store, mapping: Mapping): Promise<Mapping | undefined> {
    const { account, region, sourceArn } = mapping;
    const [row] = await store.read(findByEnds, [account, region, sourceArn, targetArn(mapping)]);
    return row && toMapping(row);
  },
  async list(store: Store, { account, region }: Place, query: ListQuery): Promise<Mapping[]> {
    const { after, sourceArn = "", functionArn = "", most } = query;
    const params = [account, region, after, sourceArn, functionArn, most];
    return (await store.read(listAfter, params)).map(toMapping);
  },
  /** Of every account and region. */
  async all(store: Store): Promise<Mapping[]> {
    return (await store.read(listAll, [])).map(toMapping);
  },
  /** Rejects with Conflict when there is one between the two already. */
  async insert(store: Store, mapping: Mapping): Promise<void> {
    const { account, region, uuid, sourceArn, version } = mapping;
    const params = [account, region, uuid, sourceArn, targetArn(mapping), version, toData(mapping)];
    await store.commit([{ statement: insertOne, params }], { key: uuid });
  },
  /**
   * Changes a mapping as `decide` says, which is asked again when somebody else was faster; what it throws is thrown
   * on. Resolves to the mapping before and after. Throws ResourceNotFoundException.
   */
  async modify(
    store: Store,
    place: Place,
    uuid: string,
    decide: (before: Mapping) => Mapping | Promise<Mapping>,
  ): Promise<{ readonly before: Mapping; readonly after: Mapping }> {
    for (let round = 1; ; round++) {
      const before = await mappings.get(store, place, uuid);
      const after = await decide(before);
      const { account, region, version } = before;
      const params = [targetArn(after), toData(after), account, region, uuid, version];
      try {
        await store.commit([{ statement: updateOne, params, rows: 1 }], { key: uuid });
        return { before, after: { ...after, version: version + 1 } };
      } catch (error) {
        if (!(error instanceof Conflict) || round === MOST_ROUNDS) throw error;
      }
    }
  },
  /** Resolves to what is gone. Throws ResourceNotFoundException. */
  async delete(store: Store, place: Place, uuid: string): Promise<Mapping> {
    for (let round = 1; ; round++) {
      const mapping = await mappings.get(store, place, uuid);
      const { account, region, version } = mapping;
      try {
        await store.commit([{ statement: deleteOne, params: [account, region, uuid, version], rows: 1 }], {
          key: uuid,
        });
        return mapping;
      } catch (error) {
        if (!(error instanceof Conflict) || round === MOST_ROUNDS) throw error;
      }
    }
  },
};

function toData(mapping: Mapping): string {
  const { functionName, qualifier, enabled, settings, tags, lastModifiedMs } = mapping;
  return JSON.stringify({ functionName, qualifier, enabled, settings, tags, lastModifiedMs });
}

function toMapping(row: Row): Mapping {
  return {
    account: String(row.account),
    region: String(row.region),
    uuid: String(row.uuid),
    sourceArn: String(row.source_arn),
    version: Number(row.version),
    ...JSON.parse(String(row.data)),
  };
}
