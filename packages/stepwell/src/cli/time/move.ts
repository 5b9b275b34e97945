import { jsonDocument } from "../client/json.ts";
import type { DueThing, TimeMoved } from "../client/types.ts";
import { resolveExecution } from "../executions/resolve.ts";
import { CliError, EXIT, notFound, usageError } from "../exit.ts";
import type { Session } from "../session.ts";
import { plainColumns } from "../table.ts";
import { durationText, localTime } from "../text.ts";
import { DATE_HELP, DURATION_HELP, parseDate, parseDuration } from "../when.ts";
import { dueFields, dueText } from "./due-text.ts";
import { tellingWhoRuns } from "./patience.ts";

export interface AdvanceOptions {
  readonly to?: string;
}

export interface SkipOptions {
  readonly until?: string;
  readonly max: number;
}

/** `stepwell time advance`. */
export async function advanceTime(
  session: Session,
  duration: string | undefined,
  { to }: AdvanceOptions,
): Promise<number> {
  if ((duration === undefined) === (to === undefined)) {
    throw usageError(
      "Say either by how much time is to move, or --to when.",
      "Example: stepwell time advance 2h",
    );
  }
  const input = duration === undefined ? { To: dateOf(to!) } : { Milliseconds: durationOf(duration) };
  const moved = await tellingWhoRuns(session, session.client.call("stepwell.AdvanceTime", input));
  report(session, moved, moved.Fired);
  return EXIT.ok;
}

/** `stepwell time skip`: once, or until nothing waits for time, or until an execution has ended. */
export async function skipTime(session: Session, { until, max }: SkipOptions): Promise<number> {
  if (until === undefined) {
    const moved = await skip(session);
    if (!moved.Moved) throw nothingDue(session, moved);
    report(session, moved, moved.Fired);
    return EXIT.ok;
  }
  const arn = until === "idle" ? undefined : await resolveExecution(session.client, until);
  const fired: DueThing[] = [];
  for (let skips = 0; ; skips++) {
    const ended = arn !== undefined && (await hasEnded(session, arn));
    const moved = ended ? undefined : await skip(session);
    if (moved?.Moved) {
      if (skips === max) throw neverIdle(session, max, moved);
      fired.push(...moved.Fired);
      if (!session.json) printFired(session, moved.Fired);
      continue;
    }
    if (moved && arn !== undefined) throw doesNotEnd(session, until);
    const last = moved ?? (await whereTimeStands(session));
    report(session, { ...last, Moved: fired.length > 0 }, session.json ? fired : []);
    return EXIT.ok;
  }
}

function skip(session: Session): Promise<TimeMoved> {
  return tellingWhoRuns(session, session.client.call("stepwell.SkipTime", {}));
}

async function hasEnded({ client }: Session, DurableExecutionArn: string): Promise<boolean> {
  const { Status } = await client.call("lambda.GetDurableExecution", { DurableExecutionArn });
  return Status !== "RUNNING";
}

async function whereTimeStands({ client }: Session): Promise<TimeMoved> {
  const { Now } = await client.call("stepwell.GetTime", { MaxItems: 1 });
  return { Now, Moved: false, Fired: [], MoreFired: false };
}

function report(session: Session, moved: TimeMoved, fired: readonly DueThing[]): void {
  if (session.json) {
    session.print(jsonDocument("stepwell.SkipTime", { ...moved, Fired: fired }));
    return;
  }
  printFired(session, fired);
  if (moved.MoreFired) session.say("More happened than is listed.");
  const now = new Date(moved.Now).toISOString();
  session.print(
    session.terminal.stdout.isTty ? `${session.style.strong(localTime(moved.Now))}  now\n` : `now\t${now}\n`,
  );
  if (!moved.Next) return session.suggest("executions list");
  session.say(`Next: ${dueText(moved.Next)} in ${durationText(moved.Next.At - moved.Now)}`);
  session.suggest("time skip");
}

function printFired({ print, terminal }: Session, fired: readonly DueThing[]): void {
  if (!terminal.stdout.isTty)
    return print(plainColumns(fired.map((thing) => ["fired", ...dueFields(thing)])));
  for (const thing of fired) print(`${localTime(thing.At)}  ${dueText(thing)}\n`);
}

function nothingDue(session: Session, { Now }: TimeMoved): CliError {
  return notFound(
    `Nothing that waits for time can be skipped to; time stands at ${localTime(Now)}. Timeouts of whole executions ` +
      "and what removes expired data are not skipped to.",
    `\`${session.command("time show")}\` lists what is due; \`${session.command("time advance 2h")}\` moves time anyway.`,
  );
}

function neverIdle(session: Session, max: number, { Next }: TimeMoved): CliError {
  const next = Next ? ` Next: ${dueText(Next)}.` : "";
  return new CliError("StillDue", `After ${max} skips things still wait for time.${next}`, {
    hint: `Something may wait again and again: \`${session.command("executions list --status RUNNING")}\`. --max allows more skips.`,
  });
}

function doesNotEnd(session: Session, id: string): CliError {
  return new CliError("StillRunning", `'${id}' is still running, and time brings nothing more for it.`, {
    hint: `\`${session.command(`executions show ${id}`)}\` tells what it waits for.`,
  });
}

function durationOf(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  throw usageError(`'${text}' is no duration.`, `It must be ${DURATION_HELP}.`);
}

function dateOf(text: string): number {
  const atMs = parseDate(text);
  if (atMs !== undefined) return atMs;
  throw usageError(`'${text}' is no date.`, `It must be ${DATE_HELP}.`);
}
