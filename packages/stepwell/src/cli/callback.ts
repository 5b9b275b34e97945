import { readEvents } from "./executions/events.ts";
import { findExecutions } from "./executions/find.ts";
import { EXIT, notFound, usageError } from "./exit.ts";
import type { Session } from "./session.ts";
import { oneLine } from "./text.ts";
import { buildTimeline } from "./timeline/timeline.ts";
import { labelOf, newestCallback } from "./timeline/waiting.ts";

export interface SucceedOptions {
  readonly result?: string;
}

export interface FailOptions {
  readonly errorType?: string;
  readonly errorMessage?: string;
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_SendDurableExecutionCallbackSuccess.html */
export async function succeedCallback(
  session: Session,
  id: string,
  { result }: SucceedOptions,
): Promise<number> {
  const target = await resolveCallback(session, id);
  const CallbackId = target.id;
  const Result = result === undefined ? {} : { Result: Buffer.from(result) };
  await session.client.call("lambda.SendDurableExecutionCallbackSuccess", { CallbackId, ...Result });
  return done(session, target, "succeeded");
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_SendDurableExecutionCallbackFailure.html */
export async function failCallback(session: Session, id: string, options: FailOptions): Promise<number> {
  const target = await resolveCallback(session, id);
  await session.client.call("lambda.SendDurableExecutionCallbackFailure", {
    CallbackId: target.id,
    Error: {
      ...(options.errorType === undefined ? {} : { ErrorType: options.errorType }),
      ...(options.errorMessage === undefined ? {} : { ErrorMessage: options.errorMessage }),
    },
  });
  return done(session, target, "failed");
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_SendDurableExecutionCallbackHeartbeat.html */
export async function heartbeatCallback(session: Session, id: string): Promise<number> {
  const target = await resolveCallback(session, id);
  await session.client.call("lambda.SendDurableExecutionCallbackHeartbeat", { CallbackId: target.id });
  return done(session, target, "is being worked on: its heartbeat timeout starts anew");
}

interface CallbackTarget {
  readonly id: string;
  /** What is known of it when `@last` was looked up. */
  readonly found?: { readonly label: string; readonly executionName: string };
}

/** Throws CliError (3) when `@last` means none. */
async function resolveCallback({ client, command }: Session, id: string): Promise<CallbackTarget> {
  if (id === "") throw usageError("The callback's id is empty.");
  if (id !== "@last") return { id };
  const [newest] = await findExecutions(client, { statuses: ["RUNNING"] }, 1);
  if (!newest) throw notFound(`No execution is running in ${client.endpoint.region}.`);
  const { DurableExecutionArn, DurableExecutionName } = newest;
  const waiting = newestCallback(buildTimeline(await readEvents(client, DurableExecutionArn)));
  if (!waiting) {
    throw notFound(
      `The newest running execution, ${DurableExecutionName}, does not wait for a callback.`,
      `\`${command(`executions show ${DurableExecutionName}`)}\` tells what it waits for.`,
    );
  }
  return {
    id: waiting.callbackId,
    found: { label: labelOf(waiting.operation), executionName: DurableExecutionName },
  };
}

function done(session: Session, { found }: CallbackTarget, what: string): number {
  // AWS answers all three with an empty document.
  if (session.json) session.print("{}\n");
  session.say(
    found ? `Callback "${oneLine(found.label)}" of ${found.executionName} ${what}.` : `The callback ${what}.`,
  );
  session.suggest(found ? `executions show ${found.executionName}` : "executions list");
  return EXIT.ok;
}
