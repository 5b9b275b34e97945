import { mkdirSync } from "node:fs";
import { join } from "node:path";

/**
 * The contenders of a run. Each is started once, when it is first needed, for all workloads that share it, and anew
 * for each round of those that want a server without a past. One that is optional and cannot be had is left out.
 */
export class Entrants {
  #contenders;
  #options;
  #shared = new Map();
  #described = new Map();
  /** `{ name, reason }` of those left out. */
  leftOut = [];

  constructor(contenders, options) {
    this.#contenders = contenders;
    this.#options = options;
  }

  /** Those that take part in a workload, each with `use(folder, act)`, which gives `act` its running server. */
  async of(workload) {
    const entrants = [];
    for (const contender of this.#contenders.filter(({ workloads }) => workloads.includes(workload.name))) {
      const use = workload.fresh ? this.#fresh(contender) : await this.#warm(contender, workload);
      if (use) entrants.push({ ...contender, use });
    }
    return entrants;
  }

  /** What ran: names, versions, settings. */
  described() {
    return [...this.#described.values()];
  }

  /** Ends the servers that workloads share. */
  async stop() {
    for (const running of this.#shared.values()) await running.stop();
    this.#shared.clear();
  }

  #fresh(contender) {
    return async (folder, act) => {
      const running = await this.#start(contender, join(folder, "server"));
      try {
        return await act(running);
      } finally {
        await running.stop();
      }
    };
  }

  async #warm(contender, workload) {
    const { name } = contender;
    if (this.leftOut.some((left) => left.name === name)) return undefined;
    if (!this.#shared.has(name)) {
      const folder = join(this.#options.folder, name);
      const running = await this.#start(contender, folder).catch((error) => this.#leaveOut(contender, error));
      if (!running) return undefined;
      this.#shared.set(name, running);
    }
    const running = this.#shared.get(name);
    await workload.prepare(running);
    return (_folder, act) => act(running);
  }

  async #start(contender, folder) {
    const { name, label, host } = contender;
    mkdirSync(folder);
    const running = await contender.start({ ...this.#options, folder });
    this.#described.set(name, { name, label, host, settings: running.settings() });
    return running;
  }

  #leaveOut({ name, optional }, error) {
    if (!optional) throw error;
    this.leftOut.push({ name, reason: error.message });
    this.#options.say(`${name} is left out: ${error.message}`);
  }
}
