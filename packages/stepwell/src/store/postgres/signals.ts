import { setImmediate as turn } from "node:timers/promises";
import pg from "pg";
import type { Clock } from "../../kernel/clock.ts";
import { MonotonicClock } from "../../kernel/clock.ts";
import type { Logger } from "../../kernel/logger.ts";
import type { Signals } from "../../kernel/signals.ts";
import { clientConfig, type Target } from "./connect.ts";

const RECONNECT_MS = 1000;
/** How often listeners look by themselves: rarely while notifications come, else so that nobody waits for long. */
const LOOK_MS = { listening: 5000, deaf: 500 };
/** An answer that takes longer does not come any more: a connection may be cut without either end hearing of it. */
const ANSWER_MS = 5000;
/** A payload of NOTIFY ends at 8000 bytes: this many hashes of 8 digits and commas, with the sender's name. */
const MOST_TOPICS = 800;

/**
 * Signals over LISTEN and NOTIFY, on a connection of their own: a NOTIFY inside a flush would have PostgreSQL commit one
 * flush at a time (its lock on the queue of notifications). What is sent in one turn leaves together, as hashes.
 */
export class PostgresSignals implements Signals {
  readonly #target: Target;
  readonly #log: Logger;
  readonly #clock: Clock = new MonotonicClock();
  readonly #channel: string;
  readonly #sender: string;
  /** By the hash of their topic. */
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #missing = new Set<() => void>();
  readonly #outgoing = new Set<string>();
  #flushing: Promise<void> | undefined;
  #client: pg.Client | undefined;
  #connecting: Promise<void> | undefined;
  #closed = false;

  /** `sender` tells this process's signals from those of others. */
  constructor(target: Target, sender: string, log: Logger) {
    this.#target = target;
    this.#sender = sender;
    this.#log = log;
    this.#channel = `stepwell_${target.schema}`.slice(0, 63);
    this.#connecting = this.#connect();
    this.#lookLater();
  }

  send(topic: string): void {
    this.#outgoing.add(hash(topic));
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = undefined;
    });
  }

  on(topic: string, look: () => void): () => void {
    const stop = [this.hear(topic, look), this.onMissed(look)];
    return () => {
      for (const end of stop) end();
    };
  }

  hear(topic: string, act: () => void): () => void {
    const key = hash(topic);
    const acts = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, acts.add(act));
    return () => {
      acts.delete(act);
      if (acts.size === 0 && this.#listeners.get(key) === acts) this.#listeners.delete(key);
    };
  }

  onMissed(look: () => void): () => void {
    // A function of its own, since one may be given for several topics.
    const call = () => look();
    this.#missing.add(call);
    return () => void this.#missing.delete(call);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#connecting;
    await this.#flushing;
    await this.#client?.end().catch(() => {}); // It was lost already.
  }

  /** One statement at a time: what is sent meanwhile goes with the next. */
  async #flush(): Promise<void> {
    await turn();
    while (this.#outgoing.size > 0) {
      const topics = [...this.#outgoing].slice(0, MOST_TOPICS);
      for (const topic of topics) this.#outgoing.delete(topic);
      const values = [this.#channel, `${this.#sender} ${topics.join(",")}`];
      // One that cannot be sent is lost; who waits for it looks by himself.
      await this.#ask("SELECT pg_notify($1, $2)", values);
    }
  }

  /** Asks for another connection when there is no answer on this one. */
  async #ask(text: string, values: readonly string[] = []): Promise<void> {
    const client = this.#client;
    await client?.query(text, [...values]).catch(() => {
      this.#lost(client);
      client.end().catch(() => {}); // It was lost already.
    });
  }

  #heard(payload: string | undefined): void {
    const [sender, topics] = (payload ?? "").split(" ");
    if (sender === this.#sender || topics === undefined) return;
    for (const topic of topics.split(",")) for (const look of [...(this.#listeners.get(topic) ?? [])]) look();
  }

  /** Everybody looks: what was sent while nothing could be heard is lost. */
  #lookAll(): void {
    for (const look of [...this.#missing]) look();
  }

  #lookLater(): void {
    const waitMs = this.#client ? LOOK_MS.listening : LOOK_MS.deaf;
    this.#clock.at(this.#clock.now() + waitMs, () => {
      if (this.#closed) return;
      this.#lookAll();
      this.#lookLater();
      void this.#ask("SELECT");
    });
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({ ...clientConfig(this.#target), query_timeout: ANSWER_MS });
    try {
      client.on("error", () => this.#lost(client));
      client.on("end", () => this.#lost(client));
      client.on("notification", ({ payload }) => this.#heard(payload));
      await client.connect();
      await client.query(`LISTEN ${this.#channel}`);
      this.#client = client;
      this.#lookAll();
    } catch (error) {
      this.#log.warn(
        { error },
        `PostgreSQL sends no notifications; looking every ${LOOK_MS.deaf} ms instead`,
      );
      await client.end().catch(() => {}); // It may never have been open.
      this.#again();
    }
  }

  #lost(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#again();
  }

  #again(): void {
    if (this.#closed) return;
    this.#clock.at(this.#clock.now() + RECONNECT_MS, () => {
      if (!this.#closed) this.#connecting = this.#connect();
    });
  }
}

/** FNV-1a over UTF-16 units. Two topics of one hash only have somebody look in vain. */
function hash(topic: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < topic.length; i++) hash = Math.imul(hash ^ topic.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16);
}
