import { type Change, insert, type Row, type Store, statement } from "../store/store.ts";
import type { Parameter, ParameterVersion, Place } from "./parameter.ts";

const COLUMNS = "account, region, name, data, labels, tags, revision";

const find = statement(
  "parameter.find",
  `SELECT ${COLUMNS} FROM parameters WHERE account = $1 AND region = $2 AND name = $3`,
);
const list = statement(
  "parameter.list",
  `SELECT ${COLUMNS} FROM parameters
   WHERE account = $1 AND region = $2 AND name > $3 AND name >= $4 AND name < $5 ORDER BY name LIMIT $6`,
);
const insertOne = insert("parameter.insert", "parameters", {
  account: "text",
  region: "text",
  name: "text",
  data: "text",
  labels: "text",
  tags: "text",
  revision: "bigint",
});
const updateOne = statement(
  "parameter.update",
  `UPDATE parameters SET data = $1, labels = $2, tags = $3, revision = revision + 1
   WHERE account = $4 AND region = $5 AND name = $6 AND revision = $7`,
);
const deleteOne = statement(
  "parameter.delete",
  "DELETE FROM parameters WHERE account = $1 AND region = $2 AND name = $3 AND revision = $4",
);
const findVersion = statement(
  "parameter.findVersion",
  "SELECT data FROM parameter_versions WHERE account = $1 AND region = $2 AND name = $3 AND version = $4",
);
const listVersions = statement(
  "parameter.listVersions",
  `SELECT data FROM parameter_versions
   WHERE account = $1 AND region = $2 AND name = $3 AND version > $4 ORDER BY version LIMIT $5`,
);
const insertVersion = insert("parameter.insertVersion", "parameter_versions", {
  account: "text",
  region: "text",
  name: "text",
  version: "bigint",
  data: "text",
});
const deleteVersion = statement(
  "parameter.deleteVersion",
  "DELETE FROM parameter_versions WHERE account = $1 AND region = $2 AND name = $3 AND version = $4",
);
const deleteVersions = statement(
  "parameter.deleteVersions",
  "DELETE FROM parameter_versions WHERE account = $1 AND region = $2 AND name = $3",
);

export interface ParameterListing extends Place {
  readonly afterName: string;
  readonly prefix: string;
  readonly most: number;
}

/** Sorts after every character that a name may have. */
const LAST_TEXT = "\u{10ffff}";

export const parameters = {
  async find(store: Store, { account, region }: Place, name: string): Promise<Parameter | undefined> {
    const [row] = await store.read(find, [account, region, name]);
    return row && toParameter(row);
  },
  /** By name. */
  async list(store: Store, listing: ParameterListing): Promise<Parameter[]> {
    const { account, region, afterName, prefix, most } = listing;
    const rows = await store.read(list, [account, region, afterName, prefix, prefix + LAST_TEXT, most]);
    return rows.map(toParameter);
  },
  /** Conflicts with one of that name. */
  insert(parameter: Parameter): Change {
    const { account, region, name, revision } = parameter;
    return { statement: insertOne, params: [account, region, name, ...texts(parameter), revision] };
  },
  /** Conflicts when it is no longer at that revision. */
  update(parameter: Parameter): Change {
    const { account, region, name, revision } = parameter;
    return { statement: updateOne, params: [...texts(parameter), account, region, name, revision], rows: 1 };
  },
  /** With all its versions; conflicts when it is no longer at that revision. */
  delete({ account, region, name, revision }: Parameter): Change[] {
    return [
      { statement: deleteOne, params: [account, region, name, revision], rows: 1 },
      { statement: deleteVersions, params: [account, region, name] },
    ];
  },
  async version(store: Store, parameter: Parameter, version: number): Promise<ParameterVersion | undefined> {
    const { account, region, name } = parameter;
    const [row] = await store.read(findVersion, [account, region, name, version]);
    return row && JSON.parse(String(row.data));
  },
  /** Those after a version, the oldest first. */
  async versions(
    store: Store,
    parameter: Parameter,
    after: number,
    most: number,
  ): Promise<ParameterVersion[]> {
    const { account, region, name } = parameter;
    const rows = await store.read(listVersions, [account, region, name, after, most]);
    return rows.map((row) => JSON.parse(String(row.data)));
  },
  insertVersion({ account, region, name, latest }: Parameter): Change {
    const params = [account, region, name, latest.version, JSON.stringify(latest)];
    return { statement: insertVersion, params };
  },
  deleteVersion({ account, region, name }: Parameter, version: number): Change {
    return { statement: deleteVersion, params: [account, region, name, version] };
  },
};

function texts({ latest, labels, tags }: Parameter): string[] {
  return [JSON.stringify(latest), JSON.stringify(labels), JSON.stringify(tags)];
}

function toParameter(row: Row): Parameter {
  return {
    account: String(row.account),
    region: String(row.region),
    name: String(row.name),
    latest: JSON.parse(String(row.data)),
    labels: JSON.parse(String(row.labels)),
    tags: JSON.parse(String(row.tags)),
    revision: Number(row.revision),
  };
}
