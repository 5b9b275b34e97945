import type { Clock } from "../kernel/clock.ts";
import { boundedLabel, Metrics, type Sample } from "../kernel/metrics.ts";
import type { Host, InvocationReport } from "../lambda/host/host.ts";
import type { FlushReport } from "../store/commit-queue.ts";
import { isFailure } from "../store/outcome.ts";
import type { PostgresConnections } from "../store/postgres.ts";
import type { Store } from "../store/store.ts";
import { MOST_COUNTED, storeFigures } from "./store-figures.ts";

/** Functions beyond these share one label, so that whoever keeps the metrics is not flooded. */
const MOST_FUNCTIONS = 100;

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];
const FLUSH_SECONDS = SECONDS.filter((seconds) => seconds <= 10);
const COMMITS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096];

/** What a node measures, as callbacks for its parts, and where it is told. */
export class NodeMetrics {
  readonly metrics = new Metrics();
  readonly #started = this.metrics.counter(
    "stepwell_executions_started_total",
    "Durable executions that this node has started since it began.",
  );
  readonly #ended = this.metrics.counter(
    "stepwell_executions_ended_total",
    "Durable executions whose end this node has decided since it began, by status.",
  );
  readonly #claims = this.metrics.counter(
    "stepwell_claims_total",
    "Claims of due work by this node, by whether they found any.",
  );
  readonly #claimed = this.metrics.counter(
    "stepwell_claimed_items_total",
    "Work items that this node has claimed.",
  );
  readonly #commits = this.metrics.counter("stepwell_commits_total", "Commits of this node, by outcome.");
  readonly #flushSizes = this.metrics.histogram(
    "stepwell_flush_commits",
    "Commits per flush: those that share one transaction and one fsync.",
    COMMITS,
  );
  readonly #flushes = this.metrics.histogram("stepwell_flush_seconds", "Time of a flush.", FLUSH_SECONDS);
  readonly #commitTimes = this.metrics.histogram(
    "stepwell_commit_seconds",
    "Time of a commit, its wait for the flush before included: of each flush, the longest, for all of its commits.",
    FLUSH_SECONDS,
  );
  readonly #invocations = this.metrics.counter(
    "stepwell_invocations_total",
    `Invocations that ended on this node, by function (the first ${MOST_FUNCTIONS}, then other) and result.`,
  );
  readonly #invocationTimes = this.metrics.histogram(
    "stepwell_invocation_seconds",
    `Time that handlers took on this node, by function (the first ${MOST_FUNCTIONS}, then other).`,
    SECONDS,
  );
  readonly #label = boundedLabel(MOST_FUNCTIONS);
  #waiting = 0;
  #running = 0;

  constructor() {
    this.metrics.gauge(
      "stepwell_invocations",
      "Invocations on this node that run, or wait for an instance.",
      () => [
        { labels: { state: "running" }, value: this.#running },
        { labels: { state: "waiting" }, value: this.#waiting },
      ],
    );
  }

  readonly onFlush = ({ outcomes, flushMs, longestMs }: FlushReport): void => {
    let failed = 0;
    for (const outcome of outcomes) {
      if (!isFailure(outcome)) continue;
      failed++;
      this.#commits.add(1, { outcome: outcome.kind });
    }
    if (failed < outcomes.length) this.#commits.add(outcomes.length - failed, STORED);
    this.#flushSizes.observe(outcomes.length);
    this.#flushes.observe(flushMs / 1000);
    this.#commitTimes.observe(longestMs / 1000, undefined, outcomes.length);
  };

  readonly onClaim = (items: number): void => {
    this.#claims.add(1, { result: items > 0 ? "found" : "nothing" });
    this.#claimed.add(items);
  };

  readonly executions = {
    started: (): void => this.#started.add(),
    ended: (status: string): void => this.#ended.add(1, { status }),
  };

  /** A host whose invocations are measured. */
  measured(host: Host): Host {
    return {
      invoke: (request) => {
        let started = false;
        this.#waiting++;
        const onStart = () => {
          if (!started) this.#waiting--;
          if (!started) this.#running++;
          started = true;
          request.onStart?.();
        };
        return host.invoke({ ...request, onStart }).then((report) => {
          if (started) this.#running--;
          else this.#waiting--;
          this.#invocationEnded(this.#label(request.code.functionName), report);
          return report;
        });
      },
      close: (graceMs) => host.close(graceMs),
    };
  }

  #invocationEnded(name: string, { result, startedAtMs, endedAtMs }: InvocationReport): void {
    this.#invocations.add(1, { function: name, result: result.ok ? "ok" : result.kind });
    this.#invocationTimes.observe(Math.max(endedAtMs - startedAtMs, 0) / 1000, { function: name });
  }

  /** What all nodes share, read from the store when it is asked for. */
  describeStore(store: Store, clock: Clock, machine: Clock): void {
    const figures = storeFigures(store, clock, machine);
    const { metrics } = this;
    metrics.gauge("stepwell_store_up", "Whether the store answered this request for metrics.", () =>
      figures().then(
        () => [{ value: 1 }],
        () => [{ value: 0 }],
      ),
    );
    metrics.gauge(
      "stepwell_nodes",
      "Nodes on this store, a dead one included until its lease is over.",
      async () => [{ value: (await figures()).nodes }],
    );
    metrics.gauge(
      "stepwell_executions",
      `Durable executions that are kept, by status: exact up to ${MOST_COUNTED}; beyond, PostgreSQL's estimate as of ` +
        "its last ANALYZE, and nothing on SQLite.",
      async () =>
        (await figures()).executions.map(({ status, count }) => ({ labels: { status }, value: count })),
    );
    metrics.gauge(
      "stepwell_work_items",
      `Work items by kind: due and free, or held by a node. At most ${MOST_COUNTED} of each are counted.`,
      async () => {
        const { due, held } = await figures();
        return [
          ...due.map(({ kind, items }) => ({ labels: { kind, state: "due" }, value: items })),
          ...held.map(({ kind, items }) => ({ labels: { kind, state: "held" }, value: items })),
        ];
      },
    );
    metrics.gauge(
      "stepwell_work_lag_seconds",
      "For how long the oldest due work item of a kind has waited for a node.",
      async () => (await figures()).due.map(({ kind, lagMs }) => ({ labels: { kind }, value: lagMs / 1000 })),
    );
  }

  describeConnections(connections: () => PostgresConnections): void {
    this.metrics.gauge(
      "stepwell_postgres_connections",
      "This node's connections by purpose and state.",
      () => {
        const { readers, lanes } = connections();
        const samples = (purpose: string, { busy, idle }: { busy: number; idle: number }): Sample[] => [
          { labels: { purpose, state: "busy" }, value: busy },
          { labels: { purpose, state: "idle" }, value: idle },
        ];
        return [...samples("read", readers), ...samples("write", lanes)];
      },
    );
    this.metrics.gauge(
      "stepwell_postgres_waiting_reads",
      "Reads of this node that wait for a connection.",
      () => [{ value: connections().readers.waiting }],
    );
  }

  /** Under the names that every exporter uses. */
  describeProcess(clock: Clock): void {
    const startedAtMs = clock.now() - process.uptime() * 1000;
    const seconds = () => [{ value: startedAtMs / 1000 }];
    this.metrics.gauge("process_start_time_seconds", "When the process started, in Unix time.", seconds);
    const memory = () => [{ value: process.memoryUsage.rss() }];
    this.metrics.gauge(
      "process_resident_memory_bytes",
      "Memory of the server, without its functions'.",
      memory,
    );
    const cpu = () => {
      const { user, system } = process.cpuUsage();
      return [{ value: (user + system) / 1e6 }];
    };
    this.metrics.gauge(
      "process_cpu_seconds_total",
      "Processor time of the server, without its functions'.",
      cpu,
      "counter",
    );
  }
}

const STORED = { outcome: "stored" } as const;
