import { referToBlob, releaseBlobs } from "../../store/blobs/blobs.ts";
import { Conflict } from "../../store/errors.ts";
import { insert, type Row, type Store, statement } from "../../store/store.ts";
import type { Place } from "../reference.ts";
import type { LayerVersionKey } from "./reference.ts";

/** What a layer's version is made of; it never changes. */
export interface LayerContent {
  /** Of the zip, in hexadecimal. */
  readonly sha256: string;
  /** Of the zip. */
  readonly sizeBytes: number;
  readonly unpackedBytes: number;
  readonly description: string;
  readonly licenseInfo?: string;
  readonly runtimes?: readonly string[];
  readonly architectures?: readonly string[];
  readonly createdAtMs: number;
}

/** In the form in which AWS gives it. */
export interface LayerStatement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Principal: "*" | { readonly AWS: string };
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: object;
}

/** Who may use a layer's version. The revision id is empty while there has never been a policy. */
export interface LayerPolicy {
  readonly statements: readonly LayerStatement[];
  readonly revisionId: string;
}

export interface LayerVersion extends LayerVersionKey, LayerContent {
  readonly policy: LayerPolicy;
}

const COLUMNS = "account, region, name, version, data, policy, policy_revision";
const lastVersion = statement(
  "layer.lastVersion",
  "SELECT last_version FROM layers WHERE account = $1 AND region = $2 AND name = $3",
);
const insertLayer = insert("layer.insert", "layers", {
  account: "text",
  region: "text",
  name: "text",
  last_version: "bigint",
});
const countVersion = statement(
  "layer.countVersion",
  `UPDATE layers SET last_version = last_version + 1
   WHERE account = $1 AND region = $2 AND name = $3 AND last_version = $4`,
);
const insertVersion = insert("layer.insertVersion", "layer_versions", {
  account: "text",
  region: "text",
  name: "text",
  version: "bigint",
  data: "text",
  policy: "text",
  policy_revision: "text",
});
const findVersion = statement(
  "layer.findVersion",
  `SELECT ${COLUMNS} FROM layer_versions WHERE account = $1 AND region = $2 AND name = $3 AND version = $4`,
);
const listVersions = statement(
  "layer.listVersions",
  `SELECT ${COLUMNS} FROM layer_versions WHERE account = $1 AND region = $2 AND ($3 = '' OR name = $3)
   ORDER BY name, version DESC`,
);
const deleteVersion = statement(
  "layer.deleteVersion",
  "DELETE FROM layer_versions WHERE account = $1 AND region = $2 AND name = $3 AND version = $4",
);
const updatePolicy = statement(
  "layer.updatePolicy",
  `UPDATE layer_versions SET policy = $1, policy_revision = $2
   WHERE account = $3 AND region = $4 AND name = $5 AND version = $6 AND policy_revision = $7`,
);

/** More rounds than this lost to others mean that something else is wrong. */
const MOST_ROUNDS = 20;

/** The layers in the store. */
export const layers = {
  async find(store: Store, key: LayerVersionKey): Promise<LayerVersion | undefined> {
    const [row] = await store.read(findVersion, params(key));
    return row && toVersion(row);
  },

  /** By name, the newest version first; those of one layer only when there is a `name`. */
  async list(store: Store, { account, region }: Place, name = ""): Promise<readonly LayerVersion[]> {
    return (await store.read(listVersions, [account, region, name])).map(toVersion);
  },

  /** Stores the layer's next version, whose zip is a blob already. */
  async publish(store: Store, { account, region }: Place, name: string, content: LayerContent) {
    return retried(async () => {
      const [row] = await store.read(lastVersion, [account, region, name]);
      const last = Number(row?.last_version ?? 0);
      const version: LayerVersion = {
        ...{ account, region, name, version: last + 1, ...content },
        policy: { statements: [], revisionId: "" },
      };
      const count = row
        ? { statement: countVersion, params: [account, region, name, last], rows: 1 }
        : { statement: insertLayer, params: [account, region, name, 1] };
      await store.commit(
        [
          count,
          { statement: insertVersion, params: [...params(version), JSON.stringify(content), "[]", ""] },
          { statement: referToBlob, params: [owner(version), content.sha256] },
        ],
        { key: owner(version) },
      );
      return version;
    });
  },

  /** Functions that use it keep its zip by references of their own. */
  async delete(store: Store, key: LayerVersionKey): Promise<void> {
    await store.commit(
      [
        { statement: deleteVersion, params: params(key) },
        { statement: releaseBlobs, params: [owner(key)] },
      ],
      { key: owner(key) },
    );
  },

  /** Gives a version the policy that `decide` makes of the one before; what it throws is thrown on. */
  async changePolicy(
    store: Store,
    key: LayerVersionKey,
    decide: (before: LayerVersion | undefined) => LayerPolicy,
  ) {
    return retried(async () => {
      const before = await layers.find(store, key);
      const { statements, revisionId } = decide(before);
      const guard = before!.policy.revisionId;
      const change = [JSON.stringify(statements), revisionId, ...params(key), guard];
      await store.commit([{ statement: updatePolicy, params: change, rows: 1 }], { key: owner(key) });
    });
  },
};

/** Tries again when somebody else was faster. */
async function retried<T>(attempt: () => Promise<T>): Promise<T> {
  for (let round = 1; ; round++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Conflict) || round === MOST_ROUNDS) throw error;
    }
  }
}

/** Who refers to the blob of a version; no function has a name with a colon. */
function owner({ account, region, name, version }: LayerVersionKey): string {
  return `lambda/${account}/${region}/layer:${name}/${version}`;
}

function params({ account, region, name, version }: LayerVersionKey): (string | number)[] {
  return [account, region, name, version];
}

function toVersion(row: Row): LayerVersion {
  return {
    ...(JSON.parse(String(row.data)) as LayerContent),
    account: String(row.account),
    region: String(row.region),
    name: String(row.name),
    version: Number(row.version),
    policy: { statements: JSON.parse(String(row.policy)), revisionId: String(row.policy_revision) },
  };
}
