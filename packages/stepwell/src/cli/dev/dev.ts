import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { jsonLogger } from "../../kernel/logger.ts";
import { openNode } from "../../node.ts";
import { readKeyFile } from "../../wire/signature/key-file.ts";
import { EXIT, notFound, usageError } from "../exit.ts";
import type { Terminal } from "../terminal.ts";
import { explained } from "./failures.ts";
import { printFunctionLog } from "./function-log.ts";
import { greeting } from "./greeting.ts";
import { chatterLogger } from "./logger.ts";
import { StopSignals } from "./stop-signals.ts";

export interface DevOptions {
  readonly port: number;
  readonly host: string;
  /** Where the data is kept; `.stepwell` in the app's folder when absent. */
  readonly data?: string;
  readonly memory?: boolean;
  readonly time: "real" | "virtual";
  readonly maxOperations?: number;
  readonly maxExecutionBytes?: number;
  readonly json?: boolean;
  /** The file with the keys that requests must be signed with; nobody looks at signatures when absent. */
  readonly auth?: string;
}

/** `stepwell dev`: serves the app in a folder until it is told to stop. */
export async function dev(terminal: Terminal, path: string, options: DevOptions): Promise<number> {
  const { stdout, stderr, clock } = terminal;
  const signals = new StopSignals();
  const folder = await folderOf(path);
  const keys = options.auth === undefined ? undefined : await explained(readKeyFile(resolve(options.auth)));
  const node = await explained(
    openNode({
      data: options.memory ? ":memory:" : resolve(options.data ?? join(folder, ".stepwell")),
      app: folder,
      time: options.time,
      limits: limitsOf(options),
      ...(keys && { keys }),
      log: options.json
        ? jsonLogger(
            (line) => stderr.write(line),
            () => clock.now(),
          )
        : chatterLogger(stderr),
      onFunctionLog: (lines) => printFunctionLog(lines, stderr),
    }),
  );
  try {
    const listening = await explained(node.listen({ port: options.port, host: options.host }));
    const url = reachable(listening.url);
    const readyMs = Math.round(clock.monotonicMs());
    stdout.write(
      options.json ? `${JSON.stringify({ endpoint: url, readyMs })}\n` : `ready ${url} in ${readyMs} ms\n`,
    );
    if (!options.json) stderr.write(await greeting(url, node, terminal, keys?.[0]));
    await signals.first;
    stderr.write("Stopping: what runs gets 5 s to end. Once more stops at once.\n");
  } finally {
    await node.close();
  }
  return EXIT.ok;
}

function limitsOf({ maxOperations, maxExecutionBytes }: DevOptions) {
  return {
    ...(maxOperations === undefined ? {} : { operationsPerExecution: maxOperations }),
    ...(maxExecutionBytes === undefined ? {} : { bytesPerExecution: maxExecutionBytes }),
  };
}

async function folderOf(path: string): Promise<string> {
  const folder = resolve(path);
  const found = await stat(folder).catch(() => undefined);
  if (!found)
    throw notFound(`There is no folder ${folder}.`, "`stepwell dev PATH` serves the app in the folder PATH.");
  if (!found.isDirectory())
    throw usageError(`${folder} is not a folder.`, "Give the folder that the app is in.");
  return folder;
}

/** A server on all addresses is reached by this machine's own. */
function reachable(url: string): string {
  return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
}
