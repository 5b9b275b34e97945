import type { Logger } from "../../kernel/logger.ts";
import { nodeNames } from "../../kernel/membership.ts";
import { MAPPINGS_TOPIC, type Signals } from "../../kernel/signals.ts";
import type { Store } from "../../store/store.ts";
import type { Mapping } from "./mapping.ts";
import { shareOf } from "./share.ts";
import type { BatchCaller, EventSource, Running } from "./source.ts";
import { mappings } from "./table.ts";

interface RunnersOptions {
  readonly store: Store;
  readonly log: Logger;
  readonly signals: Signals;
  /** This node's name among others. */
  readonly owner: string;
  readonly sources: Readonly<Record<string, EventSource>>;
  readonly caller: BatchCaller;
}

/** What decides on how a mapping works; it is run anew when that changes. */
function workOf(mapping: Mapping, share: number): string {
  const { functionName, qualifier, settings } = mapping;
  return JSON.stringify({ functionName, qualifier, settings, share });
}

/** The mappings that work on this node: all that are enabled, as the store last said. */
export class MappingRunners {
  readonly #options: RunnersOptions;
  readonly #running = new Map<string, { readonly work: string; readonly running: Running }>();
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
    // One more node: the others have less to do.
    this.#options.signals.send(MAPPINGS_TOPIC);
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
    const { store, owner } = this.#options;
    const enabled = (await mappings.all(store)).filter((mapping) => mapping.enabled);
    const nodes = enabled.some(({ settings }) => settings.ScalingConfig) ? await nodeNames(store) : [];
    const wanted = new Map(
      enabled.map((mapping) => [mapping.uuid, { mapping, share: shareOf(mapping, nodes, owner) }]),
    );
    for (const [uuid, { work }] of this.#running) {
      const now = wanted.get(uuid);
      if (!now || workOf(now.mapping, now.share) !== work) this.#stop(uuid);
    }
    // The node may have begun to leave meanwhile.
    if (this.#state !== "started") return;
    for (const { mapping, share } of wanted.values()) {
      if (share > 0 && !this.#running.has(mapping.uuid)) this.#run(mapping, share);
    }
  }

  #run(mapping: Mapping, share: number): void {
    const { sources, caller } = this.#options;
    const source = sources[mapping.sourceArn.split(":")[2]!];
    if (!source) return;
    const running = source.run(mapping, caller, share);
    this.#running.set(mapping.uuid, { work: workOf(mapping, share), running });
  }

  #stop(uuid: string): void {
    const { running } = this.#running.get(uuid)!;
    this.#running.delete(uuid);
    const ended = running.stop().finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }
}
