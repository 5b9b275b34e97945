import type { Logger } from "../../kernel/logger.ts";
import { MAPPINGS_TOPIC, type Signals } from "../../kernel/signals.ts";
import type { Store } from "../../store/store.ts";
import type { Mapping } from "./mapping.ts";
import type { BatchCaller, EventSource, Running } from "./source.ts";
import { mappings } from "./table.ts";

interface RunnersOptions {
  readonly store: Store;
  readonly log: Logger;
  readonly signals: Signals;
  readonly sources: Readonly<Record<string, EventSource>>;
  readonly caller: BatchCaller;
}

/** The mappings that work on this node: all that are enabled, as the store last said. */
export class MappingRunners {
  readonly #options: RunnersOptions;
  readonly #running = new Map<string, { readonly mapping: Mapping; readonly running: Running }>();
  readonly #ending = new Set<Promise<void>>();
  #state: "new" | "started" | "draining" = "new";
  #deaf = (): void => {};
  /** One look after the other. */
  #looking: Promise<void> = Promise.resolve();

  constructor(options: RunnersOptions) {
    this.#options = options;
  }

  start(): void {
    this.#state = "started";
    this.#deaf = this.#options.signals.on(MAPPINGS_TOPIC, () => void this.#look());
    void this.#look();
  }

  /** A mapping has been changed here: resolves when this node acts as it says, and tells the others. */
  async changed(): Promise<void> {
    this.#options.signals.send(MAPPINGS_TOPIC);
    await this.#look();
  }

  /** Takes no more events; what functions have been handed may still end. */
  drain(): void {
    this.#state = "draining";
    this.#deaf();
    for (const uuid of this.#running.keys()) this.#stop(uuid);
  }

  /** Resolves when all that was under way has ended. */
  async close(): Promise<void> {
    this.drain();
    await this.#looking;
    await Promise.all(this.#ending);
  }

  #look(): Promise<void> {
    this.#looking = this.#looking
      .then(() => this.#follow())
      .catch((error) => {
        this.#options.log.error(
          { error },
          "looking for event source mappings failed; somebody will look again",
        );
      });
    return this.#looking;
  }

  /** Starts and stops what the store says. */
  async #follow(): Promise<void> {
    if (this.#state !== "started") return;
    const stored = await mappings.all(this.#options.store);
    const wanted = new Map(stored.filter(({ enabled }) => enabled).map((mapping) => [mapping.uuid, mapping]));
    for (const [uuid, { mapping }] of this.#running) {
      if (wanted.get(uuid)?.version !== mapping.version) this.#stop(uuid);
    }
    if (this.#state !== "started") return;
    for (const mapping of wanted.values()) if (!this.#running.has(mapping.uuid)) this.#run(mapping);
  }

  #run(mapping: Mapping): void {
    const { sources, caller } = this.#options;
    const source = sources[mapping.sourceArn.split(":")[2]!];
    if (source) this.#running.set(mapping.uuid, { mapping, running: source.run(mapping, caller) });
  }

  #stop(uuid: string): void {
    const { running } = this.#running.get(uuid)!;
    this.#running.delete(uuid);
    const ended = running.stop().finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }
}
