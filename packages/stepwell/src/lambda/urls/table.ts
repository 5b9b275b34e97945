import { type Change, insert, type Row, type Store, statement } from "../../store/store.ts";
import type { Place } from "../reference.ts";
import type { FunctionUrl } from "./url.ts";

const COLUMNS = "account, region, id, name, qualifier, version, data";
const insertOne = insert("functionUrl.insert", "function_urls", {
  account: "text",
  region: "text",
  id: "text",
  name: "text",
  qualifier: "text",
  version: "bigint",
  data: "text",
});
const updateOne = statement(
  "functionUrl.update",
  "UPDATE function_urls SET data = $1, version = version + 1 WHERE id = $2 AND version = $3",
);
const deleteOne = statement("functionUrl.delete", "DELETE FROM function_urls WHERE id = $1");
const deleteOf = statement(
  "functionUrl.deleteOf",
  `DELETE FROM function_urls WHERE account = $1 AND region = $2 AND name = $3 AND ($4 = '' OR qualifier = $4)`,
);
const findById = statement("functionUrl.findById", `SELECT ${COLUMNS} FROM function_urls WHERE id = $1`);
const findOf = statement(
  "functionUrl.findOf",
  `SELECT ${COLUMNS} FROM function_urls WHERE account = $1 AND region = $2 AND name = $3 ORDER BY qualifier`,
);

/** The URLs of functions in the store. */
export const functionUrls = {
  async byId(store: Store, id: string): Promise<FunctionUrl | undefined> {
    const [row] = await store.read(findById, [id]);
    return row && toUrl(row);
  },
  /** All of a function, the one of the function itself first. */
  async of(store: Store, { account, region }: Place, name: string): Promise<FunctionUrl[]> {
    return (await store.read(findOf, [account, region, name])).map(toUrl);
  },
  /** The commit is rejected with Conflict when the function or alias has one already. */
  insertion(url: FunctionUrl): Change {
    const { account, region, id, name, qualifier, version } = url;
    return { statement: insertOne, params: [account, region, id, name, qualifier, version, toData(url)] };
  },
  /** The commit is rejected with Conflict when `url` is not based on what is stored. */
  update(url: FunctionUrl): Change {
    return { statement: updateOne, params: [toData(url), url.id, url.version], rows: 1 };
  },
  deletion({ id }: FunctionUrl): Change {
    return { statement: deleteOne, params: [id], rows: 1 };
  },
  /** Removes what a function that goes leaves behind, or one of its aliases. */
  deletionOf({ account, region }: Place, name: string, qualifier = ""): Change {
    return { statement: deleteOf, params: [account, region, name, qualifier] };
  },
};

function toData({ authType, invokeMode, cors, createdAtMs, lastModifiedMs }: FunctionUrl): string {
  return JSON.stringify({ authType, invokeMode, cors, createdAtMs, lastModifiedMs });
}

function toUrl(row: Row): FunctionUrl {
  return {
    account: String(row.account),
    region: String(row.region),
    id: String(row.id),
    name: String(row.name),
    qualifier: String(row.qualifier),
    version: Number(row.version),
    ...JSON.parse(String(row.data)),
  };
}
