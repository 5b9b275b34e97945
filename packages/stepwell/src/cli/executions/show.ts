import { functionNameOf } from "../arn.ts";
import { jsonDocument } from "../client/json.ts";
import type { ExecutionDescription } from "../client/types.ts";
import { CliError, EXIT } from "../exit.ts";
import type { Session } from "../session.ts";
import { statusPaint } from "../style.ts";
import { errorText, localTime, shorten } from "../text.ts";
import { renderTimeline } from "../timeline/render.ts";
import { spentText } from "../timeline/spent.ts";
import { buildTimeline, type Timeline } from "../timeline/timeline.ts";
import { canUnicode } from "../unicode.ts";
import { readEvents } from "./events.ts";
import { tookText } from "./list.ts";
import { resolveExecution } from "./resolve.ts";
import { waitingText } from "./waiting-text.ts";

const LONGEST_PAYLOAD = 500;
const MOST_STACK_LINES = 5;

/** `stepwell executions show`: the page that tells what an execution did and what it waits for. */
export async function showExecution(session: Session, id: string): Promise<number> {
  const { client, style, terminal } = session;
  const DurableExecutionArn = await resolveExecution(client, id);
  const execution = await client.call("lambda.GetDurableExecution", { DurableExecutionArn });
  if (session.json) {
    session.print(jsonDocument("lambda.GetDurableExecution", execution));
    return EXIT.ok;
  }
  const timeline = buildTimeline(await readEvents(client, DurableExecutionArn));
  const runningSinceMs =
    execution.Status === "RUNNING" ? await runningSince(client, DurableExecutionArn, timeline) : undefined;
  const nowMs = client.nowMs();
  const columns = terminal.stdout.columns;
  const spent = spentText(timeline, runningSinceMs, nowMs);
  session.print(`${headerText(execution, session, spent, nowMs)}\n`);
  session.print(renderTimeline(timeline, { style, columns, unicode: canUnicode(terminal.env), nowMs }));
  session.print(waitingText(timeline, runningSinceMs, session, nowMs));
  session.suggest(`executions history ${execution.DurableExecutionName}`);
  return EXIT.ok;
}

/** When the invocation began that runs; AWS's history does not show it before it has ended. */
async function runningSince(
  client: Session["client"],
  DurableExecutionArn: string,
  timeline: Timeline,
): Promise<number | undefined> {
  try {
    const { Invocations } = await client.call("stepwell.ListExecutionInvocations", { DurableExecutionArn });
    const ended = new Set(timeline.invocations.map(({ requestId }) => requestId));
    const last = Invocations.at(-1);
    return last && !ended.has(last.RequestId) ? last.StartTimestamp : undefined;
  } catch (error) {
    // AWS itself has no such operation.
    if (error instanceof CliError && error.code === "UnknownOperationException") return undefined;
    throw error;
  }
}

function headerText(
  execution: ExecutionDescription,
  { style }: Session,
  spent: string,
  nowMs: number,
): string {
  const { DurableExecutionName, Status, EndTimestamp, Error: failure } = execution;
  const title = [
    style.strong(DurableExecutionName),
    statusPaint(style, Status)(Status),
    tookText(execution, nowMs),
  ].join("  ");
  const version = execution.FunctionArn.split(":")[7];
  const fields: [name: string, value: string | undefined][] = [
    ["function", functionNameOf(execution.FunctionArn) + (version === undefined ? "" : `:${version}`)],
    ["started", localTime(execution.StartTimestamp)],
    ["ended", EndTimestamp === undefined ? undefined : localTime(EndTimestamp)],
    ["time", spent],
    ["arn", execution.DurableExecutionArn],
    [
      "input",
      execution.InputPayload === undefined ? undefined : shorten(execution.InputPayload, LONGEST_PAYLOAD),
    ],
    ["result", execution.Result === undefined ? undefined : shorten(execution.Result, LONGEST_PAYLOAD)],
    ["error", failure && style.bad(shorten(errorText(failure), LONGEST_PAYLOAD))],
  ];
  const lines = fields
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `  ${style.faint(name.padEnd(8))}  ${value}`);
  const stack = (failure?.StackTrace ?? [])
    .slice(0, MOST_STACK_LINES)
    .map((line) => `            ${style.faint(shorten(line, LONGEST_PAYLOAD))}`);
  return [title, ...lines, ...stack].map((line) => `${line}\n`).join("");
}
