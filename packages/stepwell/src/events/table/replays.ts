import { type Change, type Row, type Store, statement } from "../../store/store.ts";
import { LAST_TEXT, type Place } from "../names.ts";
import type { Position } from "./archived-events.ts";

/** What a replay was started with; it does not change. */
export interface ReplayRequest {
  /** The name of the archive. */
  readonly archive: string;
  readonly description?: string;
  /** The name of the bus, which is in the same place. */
  readonly bus: string;
  /** ARNs of the rules that get the events; all rules of the bus when absent. */
  readonly filters?: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
}

export type ReplayState = "STARTING" | "RUNNING" | "CANCELLING" | "COMPLETED" | "CANCELLED";

/** A replay as it is stored. */
export interface Replay extends Place {
  readonly name: string;
  readonly archiveId: number;
  readonly request: ReplayRequest;
  readonly state: ReplayState;
  readonly startedAtMs: number;
  readonly endedAtMs?: number;
  /** The last event that was replayed. */
  readonly position?: Position;
}

const COLUMNS = "account, region, name, archive_id, data, state, started_at, ended_at, after_at, after_id";
const IS_REPLAY = "account = $1 AND region = $2 AND name = $3";

const find = statement("eventReplay.find", `SELECT ${COLUMNS} FROM event_replays WHERE ${IS_REPLAY}`);
const list = statement(
  "eventReplay.list",
  `SELECT ${COLUMNS} FROM event_replays
   WHERE account = $1 AND region = $2 AND name > $3 AND name >= $4 AND name < $5 ORDER BY name LIMIT $6`,
);
const countActive = statement(
  "eventReplay.countActive",
  `SELECT COUNT(*) AS active FROM event_replays
   WHERE account = $1 AND region = $2 AND state IN ('STARTING', 'RUNNING', 'CANCELLING')`,
);
const insertOne = statement(
  "eventReplay.insert",
  `INSERT INTO event_replays (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, NULL, NULL)`,
);
const update = statement(
  "eventReplay.update",
  `UPDATE event_replays SET state = $4, ended_at = $5, after_at = $6, after_id = $7
   WHERE ${IS_REPLAY} AND state = $8 AND COALESCE(after_id, 0) = $9`,
);

export interface ReplayListing extends Place {
  readonly afterName: string;
  readonly prefix: string;
  readonly most: number;
}

export const replays = {
  async find(store: Store, { account, region }: Place, name: string): Promise<Replay | undefined> {
    const [row] = await store.read(find, [account, region, name]);
    return row && toReplay(row);
  },
  /** By name. */
  async list(store: Store, listing: ReplayListing): Promise<Replay[]> {
    const { account, region, afterName, prefix, most } = listing;
    const rows = await store.read(list, [account, region, afterName, prefix, prefix + LAST_TEXT, most]);
    return rows.map(toReplay);
  },
  /** How many have not ended. */
  async countActive(store: Store, { account, region }: Place): Promise<number> {
    const [row] = await store.read(countActive, [account, region]);
    return Number(row!.active);
  },
  /** Conflicts with a replay of that name. */
  insert({ account, region, name, archiveId, request, state, startedAtMs }: Replay): Change {
    const params = [account, region, name, archiveId, JSON.stringify(request), state, startedAtMs];
    return { statement: insertOne, params };
  },
  /** Conflicts when it is not in the state, or at the event, that `before` has. */
  update(before: Replay, { state, endedAtMs, position }: Replay): Change {
    const { account, region, name } = before;
    const moved = [endedAtMs ?? null, position?.atMs ?? null, position?.id ?? null];
    const guards = [before.state, before.position?.id ?? 0];
    return { statement: update, params: [account, region, name, state, ...moved, ...guards], rows: 1 };
  },
};

function toReplay(row: Row): Replay {
  const position = { atMs: Number(row.after_at), id: Number(row.after_id) };
  return {
    account: String(row.account),
    region: String(row.region),
    name: String(row.name),
    archiveId: Number(row.archive_id),
    request: JSON.parse(String(row.data)),
    state: String(row.state) as ReplayState,
    startedAtMs: Number(row.started_at),
    ...(row.ended_at === null ? {} : { endedAtMs: Number(row.ended_at) }),
    ...(row.after_id === null ? {} : { position }),
  };
}
