import { resolve } from "node:path";
import { jsonLogger } from "../../kernel/logger.ts";
import { within } from "../../kernel/within.ts";
import { openNode } from "../../node.ts";
import { isPostgresUrl } from "../../store/place.ts";
import { readKeyFile } from "../../wire/signature/key-file.ts";
import { explained } from "../dev/failures.ts";
import { StopSignals } from "../dev/stop-signals.ts";
import { EXIT } from "../exit.ts";
import type { Terminal } from "../terminal.ts";

/** After the grace, for the store: PostgreSQL takes a hundredth of it, or does not answer at all. */
const GOODBYE_MS = 5_000;

export interface StartOptions {
  /** A `postgres://` URL, or a folder. */
  readonly store: string;
  readonly schema: string;
  readonly port: number;
  readonly host: string;
  /** The file with the keys that requests must be signed with; nobody looks at signatures when absent. */
  readonly auth?: string;
  /** In seconds. */
  readonly lease?: number;
  readonly grace: number;
  /** For how many seconds it goes on after it was told to leave, saying at /readyz that it will. */
  readonly drain: number;
  readonly json?: boolean;
}

/** `stepwell start`: one node on shared data, until it is told to leave. Its log is JSON lines: machines read it. */
export async function start(terminal: Terminal, options: StartOptions): Promise<number> {
  const { stdout, stderr, clock } = terminal;
  const signals = new StopSignals();
  const keys =
    options.auth === undefined ? undefined : await explained(readKeyFile(resolve(options.auth)), "start");
  const log = jsonLogger(
    (line) => stderr.write(line),
    () => clock.now(),
  );
  const node = await explained(
    openNode({
      data: isPostgresUrl(options.store) ? options.store : resolve(options.store),
      schema: options.schema,
      ...(options.lease === undefined ? {} : { leaseMs: options.lease * 1000 }),
      ...(keys && { keys }),
      log,
    }),
    "start",
  );
  try {
    const { url } = await explained(node.listen({ port: options.port, host: options.host }), "start");
    const readyMs = Math.round(clock.monotonicMs());
    stdout.write(
      options.json
        ? `${JSON.stringify({ endpoint: url, store: node.store.location, readyMs })}\n`
        : `ready ${url} in ${readyMs} ms, on ${node.store.location}\n`,
    );
    await signals.first;
    if (options.drain > 0) {
      node.drain();
      log.info(
        { drainSeconds: options.drain },
        "leaving soon: /readyz says so, and requests are still served",
      );
      await new Promise<void>((resolve) => clock.at(clock.now() + options.drain * 1000, resolve));
    }
    log.info(
      { graceSeconds: options.grace },
      "leaving: what runs may end, what does not goes to other nodes",
    );
  } finally {
    const graceMs = options.grace * 1000;
    // One that goes without a word is like one that was killed.
    if (!(await within(clock, graceMs + GOODBYE_MS, node.close(graceMs))))
      log.error({}, "the store does not answer: gone without a word, as if it had been killed");
  }
  return EXIT.ok;
}
