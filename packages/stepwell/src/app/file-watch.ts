import { type FSWatcher, watch } from "node:fs";
import { dirname, join } from "node:path";
import type { Clock, Timer } from "../kernel/clock.ts";
import type { Logger } from "../kernel/logger.ts";

/** Editors write a file in several steps; it counts as changed when it has been quiet for this long. */
const QUIET_MS = 50;

/**
 * Watches a set of files through their folders, so that a file that an editor replaces, or that is yet to be made,
 * is seen too. The operating system reports changes; nothing is polled. `clock` must run in real time: files change
 * when somebody edits them.
 */
export class FileWatch {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #onChange: (changed: ReadonlySet<string>) => void;
  readonly #folders = new Map<string, FSWatcher>();
  #files: ReadonlySet<string> = new Set();
  #changed = new Set<string>();
  #timer: Timer | undefined;

  /** `onChange` gets the absolute paths in the watched folders that changed, watched files or not. */
  constructor(clock: Clock, log: Logger, onChange: (changed: ReadonlySet<string>) => void) {
    this.#clock = clock;
    this.#log = log;
    this.#onChange = onChange;
  }

  /** Watches these files (absolute paths) and no others. */
  set(files: Iterable<string>): void {
    this.#files = new Set(files);
    const wanted = new Set([...this.#files].map((file) => dirname(file)));
    for (const [folder, watcher] of this.#folders) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.#folders.delete(folder);
    }
    for (const folder of wanted) if (!this.#folders.has(folder)) this.#watch(folder);
  }

  close(): void {
    this.#timer?.cancel();
    this.set([]);
  }

  #watch(folder: string): void {
    const lost = (error: unknown) =>
      this.#log.warn({ folder, error }, "a folder cannot be watched; changes of its files are not noticed");
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        if (name !== null) this.#saw(join(folder, name));
      });
      watcher.on("error", lost);
      this.#folders.set(folder, watcher);
    } catch (error) {
      lost(error);
    }
  }

  #saw(path: string): void {
    this.#changed.add(path);
    this.#timer?.cancel();
    this.#timer = this.#clock.at(this.#clock.now() + QUIET_MS, () => {
      const changed = this.#changed;
      this.#changed = new Set();
      this.#onChange(changed);
    });
  }
}
