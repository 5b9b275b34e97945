import { existsSync, type FSWatcher, watch } from "node:fs";
import { dirname, join } from "node:path";
import type { Clock, Timer } from "../kernel/clock.ts";
import type { Logger } from "../kernel/logger.ts";

/** Editors write a file in several steps; it counts as changed when it has been quiet for this long. */
const QUIET_MS = 50;

/**
 * Watches the folders of a set of files, so that a file that an editor replaces, or that is yet to be made, is seen
 * too. The operating system reports changes; nothing is polled. `clock` must run in real time: files change
 * when somebody edits them.
 */
export class FileWatch {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #onChange: (changed: ReadonlySet<string>) => void;
  readonly #folders = new Map<string, FSWatcher>();
  #changed = new Set<string>();
  #timer: Timer | undefined;

  /** `onChange` gets the absolute paths of whatever changed in the folders. */
  constructor(clock: Clock, log: Logger, onChange: (changed: ReadonlySet<string>) => void) {
    this.#clock = clock;
    this.#log = log;
    this.#onChange = onChange;
  }

  /** Watches the folders of these files (absolute paths) and no others. */
  set(files: Iterable<string>): void {
    const wanted = new Set(Array.from(files, (file) => dirname(file)));
    for (const folder of this.#folders.keys()) if (!wanted.has(folder)) this.#unwatch(folder);
    for (const folder of wanted) if (!this.#folders.has(folder)) this.#watch(folder);
  }

  close(): void {
    this.#timer?.cancel();
    this.set([]);
  }

  #watch(folder: string): void {
    // A folder that is not there, or was replaced, is watched when `set` finds it again.
    if (!existsSync(folder)) return;
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

  #unwatch(folder: string): void {
    this.#folders.get(folder)?.close();
    this.#folders.delete(folder);
  }

  #saw(path: string): void {
    this.#changed.add(path);
    // When it is one of the folders: it was moved or replaced, and its watcher looks at what is not there any more.
    this.#unwatch(path);
    this.#timer?.cancel();
    this.#timer = this.#clock.at(this.#clock.now() + QUIET_MS, () => {
      const changed = this.#changed;
      this.#changed = new Set();
      this.#onChange(changed);
    });
  }
}
