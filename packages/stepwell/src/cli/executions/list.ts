import { functionNameOf } from "../arn.ts";
import { jsonDocument, jsonLines } from "../client/json.ts";
import type { Execution } from "../client/types.ts";
import { EXIT, usageError } from "../exit.ts";
import type { Session } from "../session.ts";
import { statusPaint } from "../style.ts";
import { plainColumns, table } from "../table.ts";
import { durationText, localTime } from "../text.ts";
import { parsePast } from "../when.ts";
import { findExecutions } from "./find.ts";

export interface ListOptions {
  readonly status?: string;
  readonly name?: string;
  readonly qualifier?: string;
  readonly since?: string;
  readonly before?: string;
  readonly oldestFirst?: boolean;
  readonly jsonl?: boolean;
  readonly max: number;
}

const STATUSES = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "STOPPED"];

/** `stepwell executions list`. */
export async function listExecutions(
  session: Session,
  functionName: string | undefined,
  options: ListOptions,
): Promise<number> {
  const { name, qualifier, oldestFirst } = options;
  const statuses = parseStatuses(options.status);
  const filter = { functionName, name, qualifier, statuses, oldestFirst, ...(await range(session, options)) };
  // One more than asked for tells whether there are more.
  const found = await findExecutions(session.client, filter, options.max + 1);
  const shown = found.slice(0, options.max);
  if (options.jsonl) {
    session.print(jsonLines("lambda.ListDurableExecutionsByFunction", { DurableExecutions: shown }));
    return EXIT.ok;
  }
  if (session.json) {
    session.print(jsonDocument("lambda.ListDurableExecutionsByFunction", { DurableExecutions: shown }));
    return EXIT.ok;
  }
  session.print(
    session.terminal.stdout.isTty ? forPeople(session, shown) : plainColumns(shown.map(plainRow)),
  );
  if (shown.length === 0) {
    session.say(`No executions found in ${session.client.endpoint.region}.`);
    session.suggest("invoke FUNCTION --async");
  } else {
    if (found.length > shown.length)
      session.say(`There are more: --max ${options.max * 2} shows some of them.`);
    session.suggest(`executions show ${shown[0]!.DurableExecutionName}`);
  }
  return EXIT.ok;
}

/** The options' times, of which durations count back from the server's now. */
async function range({ client }: Session, { since, before }: ListOptions) {
  if (since === undefined && before === undefined) return {};
  await client.learnTime();
  return {
    afterMs: since === undefined ? undefined : parsePast("--since", since, client.nowMs()),
    beforeMs: before === undefined ? undefined : parsePast("--before", before, client.nowMs()),
  };
}

function parseStatuses(text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  const statuses = text.split(",").map((status) => status.trim().toUpperCase());
  const unknown = statuses.find((status) => !STATUSES.includes(status));
  if (unknown === undefined) return statuses;
  throw usageError(`'${unknown}' is not a status of executions.`, `There are ${STATUSES.join(", ")}.`);
}

function forPeople({ client, style, terminal }: Session, executions: readonly Execution[]): string {
  if (executions.length === 0) return "";
  const columns = ["NAME", "FUNCTION", "STATUS", "STARTED", "TOOK"].map((title) => ({ title }));
  const nowMs = client.nowMs();
  const rows = executions.map((execution) => [
    { text: execution.DurableExecutionName, paint: style.strong },
    { text: functionNameOf(execution.FunctionArn) },
    { text: execution.Status, paint: statusPaint(style, execution.Status) },
    { text: localTime(execution.StartTimestamp) },
    { text: tookText(execution, nowMs) },
  ]);
  return table(columns, rows, { lineWidth: terminal.stdout.columns, titlePaint: style.faint });
}

/** How long an execution took, or has taken so far. */
export function tookText({ StartTimestamp, EndTimestamp }: Execution, nowMs: number): string {
  if (EndTimestamp !== undefined) return durationText(EndTimestamp - StartTimestamp);
  return `${durationText(Math.max(nowMs - StartTimestamp, 0))} so far`;
}

function plainRow(execution: Execution): string[] {
  const { StartTimestamp, EndTimestamp } = execution;
  return [
    execution.DurableExecutionName,
    functionNameOf(execution.FunctionArn),
    execution.Status,
    new Date(StartTimestamp).toISOString(),
    EndTimestamp === undefined ? "-" : new Date(EndTimestamp).toISOString(),
    execution.DurableExecutionArn,
  ];
}
