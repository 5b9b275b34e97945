import { percentile } from "../lib/statistics.mjs";
import { Clockwork, Disk, Servers } from "./clockwork.mjs";

const WARM_UP_MS = 500;

/**
 * Simulates clients that run workflows one after the other on nodes and one database.
 *
 * `costs` is what a workflow takes, in milliseconds of a processor: `clientMs`; `hostMs` for each of its commits in the
 * thread that runs handlers; in the node's own thread `nodeCommitMs` for each commit and `nodeFlushMs` for each flush;
 * in the database `rowMs` for each commit and `flushMs` for each flush. `commits` is how many it makes, one after the
 * other. `place` is where: `nodes`, `lanes` of each, `syncMs` of the database's disk, `roundTripMs` between them, and
 * processors: `sharedProcessors` of one machine for everything, or `databaseProcessors`, while nodes and clients have
 * enough of their own.
 */
export function simulate({ costs, place, concurrency, seconds = 3 }) {
  const clockwork = new Clockwork();
  const machine = place.sharedProcessors && new Servers(clockwork, place.sharedProcessors);
  const database = machine ?? new Servers(clockwork, place.databaseProcessors);
  const disk = new Disk(clockwork, place.syncMs);
  const nodes = Array.from({ length: place.nodes }, () => {
    const thread = new Servers(clockwork, 1);
    const lanes = Array.from({ length: place.lanes }, () => {
      return new SimulatedLane({ clockwork, thread, machine, database, disk, costs, place });
    });
    return { thread, handlers: new Servers(clockwork, 1), lanes };
  });
  const latenciesMs = [];
  const endMs = WARM_UP_MS + seconds * 1000;
  for (let i = 0; i < concurrency; i++) clockwork.start(client(nodes[i % nodes.length], i));
  clockwork.runUntil(endMs);

  function* client({ thread, handlers, lanes }, number) {
    for (let run = 0; ; run++) {
      const beginMs = clockwork.nowMs;
      if (machine) yield* machine.use(costs.clientMs);
      else yield costs.clientMs;
      const lane = lanes[(number * 31 + run) % lanes.length];
      for (let commit = 0; commit < costs.commits; commit++) {
        yield* thread.use(costs.nodeCommitMs, machine);
        yield* lane.commit();
        yield* handlers.use(costs.hostMs, machine);
      }
      if (clockwork.nowMs >= WARM_UP_MS) latenciesMs.push(clockwork.nowMs - beginMs);
    }
  }

  const flushes = nodes.flatMap(({ lanes }) => lanes).reduce((sum, lane) => sum + lane.flushes, 0);
  const commits = nodes.flatMap(({ lanes }) => lanes).reduce((sum, lane) => sum + lane.commits, 0);
  const share = (busyMs, count) => busyMs / (endMs * count);
  return {
    perSecond: latenciesMs.length / seconds,
    p50Ms: percentile(latenciesMs, 0.5),
    commitsPerFlush: commits / flushes,
    busy: {
      node: Math.max(...nodes.map(({ thread }) => share(thread.busyMs, 1))),
      handlers: Math.max(...nodes.map(({ handlers }) => share(handlers.busyMs, 1))),
      database: share(database.busyMs, place.sharedProcessors ?? place.databaseProcessors),
      disk: share(disk.busyMs, 1),
    },
  };
}

/** A connection that writes: what waits goes together, while it is away the next gathers. */
class SimulatedLane {
  commits = 0;
  flushes = 0;
  #parts;
  #waiting = [];
  #isBusy = false;

  constructor(parts) {
    this.#parts = parts;
  }

  *commit() {
    yield (goOn) => {
      this.#waiting.push(goOn);
      if (this.#isBusy) return;
      this.#isBusy = true;
      this.#parts.clockwork.start(this.#flush());
    };
  }

  *#flush() {
    const { thread, machine, database, disk, costs, place } = this.#parts;
    while (this.#waiting.length > 0) {
      const gathered = this.#waiting;
      this.#waiting = [];
      this.flushes++;
      this.commits += gathered.length;
      yield* thread.use(costs.nodeFlushMs, machine);
      yield place.roundTripMs;
      yield* database.use(costs.flushMs + costs.rowMs * gathered.length);
      yield* disk.sync();
      for (const goOn of gathered) goOn();
    }
    this.#isBusy = false;
  }
}
