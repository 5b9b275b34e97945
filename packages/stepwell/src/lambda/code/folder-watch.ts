import { type FSWatcher, realpathSync, watch } from "node:fs";
import { stat } from "node:fs/promises";
import { relative, sep } from "node:path";
import type { Clock, Timer } from "../../kernel/clock.ts";
import type { Logger } from "../../kernel/logger.ts";

/** A build writes many files; the code counts as changed when the folder has been quiet for this long. */
const QUIET_MS = 100;

interface Watched {
  /** Absent when the system refused to watch it. */
  watcher?: FSWatcher;
  /** Tells a folder that was removed and made again from the one that is watched: inodes are used again. */
  readonly identity: string;
  timer?: Timer;
}

/**
 * Counts the changes of folders that functions run from. The operating system reports them; nothing is polled.
 * `clock` must run in real time, whatever the functions' clock does: files change when somebody edits them.
 */
export class FolderWatch {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #dataFolder: string | undefined;
  readonly #watched = new Map<string, Watched>();
  readonly #changes = new Map<string, number>();

  /** What changes in `dataFolder` is the server's own doing: each invocation writes there. */
  constructor(clock: Clock, log: Logger, dataFolder?: string) {
    this.#clock = clock;
    this.#log = log;
    this.#dataFolder = dataFolder;
  }

  /** How often the folder has changed since it was first asked about; asking makes it watched. */
  async changes(folder: string): Promise<number> {
    const identity = await stat(folder).then(
      (found) => `${found.ino} ${found.birthtimeMs}`,
      () => undefined,
    );
    const watched = this.#watched.get(folder);
    if (watched && watched.identity !== identity) {
      this.#forget(folder);
      this.#count(folder);
    }
    if (identity !== undefined && !this.#watched.has(folder)) this.#watch(folder, identity);
    return this.#changes.get(folder) ?? 0;
  }

  close(): void {
    for (const folder of this.#watched.keys()) this.#forget(folder);
  }

  #watch(folder: string, identity: string): void {
    const watched: Watched = { identity };
    this.#watched.set(folder, watched);
    const lost = (error: unknown) => {
      watched.watcher?.close();
      this.#log.warn({ folder, error }, "a function's folder cannot be watched; its changes are not noticed");
    };
    try {
      const data = this.#dataWithin(folder);
      watched.watcher = watch(folder, { recursive: true, persistent: false }, (_, path) => {
        if (data !== undefined && path !== null && `${path}${sep}`.startsWith(data)) return;
        this.#changed(watched, folder);
      });
      watched.watcher.on("error", lost);
    } catch (error) {
      lost(error);
    }
  }

  /** The data folder's path from a folder that it lies in, as it lies in an app's by default. */
  #dataWithin(folder: string): string | undefined {
    if (this.#dataFolder === undefined) return undefined;
    const path = relative(realpathSync(folder), realpathSync(this.#dataFolder));
    return path === "" || path.split(sep)[0] === ".." ? undefined : `${path}${sep}`;
  }

  #changed(watched: Watched, folder: string): void {
    if (this.#watched.get(folder) !== watched) return;
    watched.timer?.cancel();
    watched.timer = this.#clock.at(this.#clock.now() + QUIET_MS, () => this.#count(folder));
  }

  #count(folder: string): void {
    this.#changes.set(folder, (this.#changes.get(folder) ?? 0) + 1);
  }

  #forget(folder: string): void {
    const watched = this.#watched.get(folder);
    watched?.timer?.cancel();
    watched?.watcher?.close();
    this.#watched.delete(folder);
  }
}
