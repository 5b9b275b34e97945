import { type Row, type Store, statement } from "../../store/store.ts";
import type { GroupName, TailEvent } from "../tails.ts";

/** An event in the order in which events were given their numbers, which is nearly that of their arrival. */
export type Arrival = TailEvent & { readonly id: number };

const FROM = `FROM log_events e JOIN log_streams s ON s.id = e.stream_id JOIN log_groups g ON g.id = e.group_id
  WHERE g.account = $1 AND g.region = $2 AND g.name = $3 AND e.id > $4`;
const COLUMNS = "e.id, e.at, e.ingested_at, e.message, s.name";

const last = statement("logArrival.last", "SELECT MAX(id) AS id FROM log_events");
const after = statement("logArrival.after", `SELECT ${COLUMNS} ${FROM} ORDER BY e.id LIMIT $5`);
const between = statement("logArrival.between", `SELECT ${COLUMNS} ${FROM} AND e.id <= $5 ORDER BY e.id`);
const count = statement("logArrival.count", `SELECT COUNT(*) AS n ${FROM} AND e.id <= $5`);

export const arrivals = {
  /** The last of all groups. */
  async lastId(store: Store): Promise<number> {
    const [row] = await store.read(last, []);
    return Number(row?.id ?? 0);
  },
  async after(store: Store, group: GroupName, afterId: number, most: number): Promise<Arrival[]> {
    return (await store.read(after, [...keyOf(group), afterId, most])).map((row) => arrival(group, row));
  },
  async between(store: Store, group: GroupName, afterId: number, upToId: number): Promise<Arrival[]> {
    return (await store.read(between, [...keyOf(group), afterId, upToId])).map((row) => arrival(group, row));
  },
  async count(store: Store, group: GroupName, afterId: number, upToId: number): Promise<number> {
    const [row] = await store.read(count, [...keyOf(group), afterId, upToId]);
    return Number(row!.n);
  },
};

function keyOf({ account, region, logGroup }: GroupName) {
  return [account, region, logGroup] as const;
}

function arrival({ logGroup }: GroupName, row: Row): Arrival {
  return {
    id: Number(row.id),
    logGroup,
    logStream: String(row.name),
    atMs: Number(row.at),
    ingestedAtMs: Number(row.ingested_at),
    message: String(row.message),
  };
}
