import { arnParts } from "../arn.ts";
import { resolveExecution } from "../executions/resolve.ts";
import { CliError, EXIT, usageError } from "../exit.ts";
import type { Session } from "../session.ts";
import { parsePast } from "../when.ts";
import { ExecutionLines } from "./execution-lines.ts";
import { followLines } from "./follow.ts";
import { type LogSource, logSources } from "./groups.ts";
import type { LogLine } from "./line.ts";
import { linesText, toDocument } from "./print.ts";
import { readLines } from "./read.ts";

export interface LogsOptions {
  readonly follow?: boolean;
  readonly since?: string;
  readonly filter?: string;
  readonly execution?: string;
  readonly max?: number;
  readonly jsonl?: boolean;
}

/** Without a beginning, this many of the newest lines are shown. */
const DEFAULT_MOST = 100;

/** `stepwell logs`: what functions wrote, and with `--follow` what they write. */
export async function showLogs(
  session: Session,
  name: string | undefined,
  options: LogsOptions,
): Promise<number> {
  const { client, json } = session;
  if (options.follow && json) {
    throw usageError(
      "--json prints one document, and a log that is followed has no end.",
      "--jsonl prints one document for each line.",
    );
  }
  const execution =
    options.execution === undefined ? undefined : await ofExecution(session, options.execution, name);
  await client.learnTime();
  const since = options.since === undefined ? undefined : parsePast("--since", options.since, client.nowMs());
  const fromMs = since ?? execution?.startMs;
  const sources = await logSources(client, execution?.functionName ?? name);
  if (sources.length === 0) session.say(`There are no functions in ${client.endpoint.region}.`);
  const range = {
    fromMs,
    // What an execution wrote is picked by lines that a filter would hide.
    pattern: execution ? undefined : options.filter,
    most: execution || fromMs !== undefined ? undefined : (options.max ?? DEFAULT_MOST),
  };
  const matches = execution && options.filter !== undefined ? contains(options.filter) : () => true;
  const pick = async (lines: readonly LogLine[]): Promise<LogLine[]> =>
    (execution ? await execution.lines.pick(lines) : [...lines]).filter(matches);
  if (options.follow) return follow(session, sources, { options, range, pick });

  const picked = await pick(await readLines(client, sources, range));
  const shown = options.max === undefined ? picked : picked.slice(-options.max);
  if (json) session.print(`${JSON.stringify({ events: shown.map(toDocument) }, undefined, 2)}\n`);
  else session.print(linesText(shown, session, options.jsonl));
  if (shown.length === 0) session.say("Nothing was logged that fits.");
  session.suggest(`logs ${name === undefined ? "" : `${name} `}--follow`);
  return EXIT.ok;
}

interface Follow {
  readonly options: LogsOptions;
  readonly range: { readonly fromMs?: number | undefined; readonly pattern?: string | undefined };
  readonly pick: (lines: readonly LogLine[]) => Promise<LogLine[]>;
}

async function follow(
  session: Session,
  sources: readonly LogSource[],
  { options, range, pick }: Follow,
): Promise<number> {
  const { client } = session;
  if (sources.length === 0) return EXIT.notFound;
  const print = async (lines: readonly LogLine[]) =>
    session.print(linesText(await pick(lines), session, options.jsonl));
  /** What was read from the store, so that the tail does not show it again. */
  const seen = new Set<string>();
  await followLines(client, sources, range.pattern, {
    async begun() {
      session.say(`Following ${sources.map(({ label }) => label).join(", ")} until Ctrl-C.`);
      if (range.fromMs === undefined) return;
      const lines = await readLines(client, sources, range);
      for (const line of lines) seen.add(keyOf(line));
      await print(lines);
    },
    lines: (lines) => print(lines.filter((line) => !seen.delete(keyOf(line)))),
    sampled: () => session.say("Some lines were left out: they came faster than they could be sent."),
  });
  throw new CliError("FollowingEnded", "The server has stopped, and with it what was followed.", {
    hint: "Start it again with `stepwell dev`, then follow again.",
  });
}

function keyOf({ group, stream, atMs, message }: LogLine): string {
  return JSON.stringify([group, stream, atMs, message]);
}

/** The function of an execution, when it began, and what picks its lines. */
async function ofExecution({ client }: Session, id: string, name: string | undefined) {
  const arn = await resolveExecution(client, id);
  const { functionName } = arnParts(arn)!;
  if (name !== undefined && name !== functionName) {
    throw usageError(
      `'${id}' is an execution of ${functionName}, not of ${name}.`,
      "With --execution no function needs to be named.",
    );
  }
  const { StartTimestamp } = await client.call("lambda.GetDurableExecution", { DurableExecutionArn: arn });
  return { functionName, startMs: StartTimestamp, lines: new ExecutionLines(client, arn) };
}

/** A filter of an execution's lines is a text that they contain. */
function contains(text: string): (line: LogLine) => boolean {
  return ({ message }) => message.includes(text);
}
