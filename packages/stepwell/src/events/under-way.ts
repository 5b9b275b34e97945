/** What work items have begun: it is waited for when the node leaves. */
export class UnderWay {
  readonly #running = new Set<Promise<void>>();
  #closing = false;

  /** Whether whoever can stop should. */
  get closing(): boolean {
    return this.#closing;
  }

  run(work: Promise<void>): Promise<void> {
    const running = work.finally(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }

  async close(): Promise<void> {
    this.#closing = true;
    await Promise.allSettled(this.#running);
  }
}
