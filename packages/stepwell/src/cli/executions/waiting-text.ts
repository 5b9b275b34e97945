import type { Session } from "../session.ts";
import { durationText, localTime, oneLine } from "../text.ts";
import type { Timeline } from "../timeline/timeline.ts";
import { labelOf, type Waiting, waitingFor } from "../timeline/waiting.ts";

/** What a running execution waits for and how to go on; nothing for one that has ended. */
export function waitingText(
  timeline: Timeline,
  runningSinceMs: number | undefined,
  session: Session,
  nowMs: number,
): string {
  if (timeline.status !== "RUNNING") return "";
  const waitings = waitingFor(timeline);
  const lines = waitings.flatMap((waiting) => linesOf(waiting, session, nowMs));
  if (session.client.timeIsVirtual && waitings.some(({ for: what }) => what === "timer" || what === "retry"))
    lines.push("time stands still; it goes on to what is due next:", `  ${session.command("time skip")}`);
  const running =
    runningSinceMs === undefined
      ? ""
      : `\nIts handler has been running for ${durationText(Math.max(nowMs - runningSinceMs, 0))}.\n`;
  if (lines.length === 0) return running || "\nIts handler is about to run.\n";
  return `${running}\n${session.style.strong("Waiting for")}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

function linesOf(waiting: Waiting, session: Session, nowMs: number): string[] {
  const { operation } = waiting;
  const label = `"${oneLine(labelOf(operation))}"`;
  switch (waiting.for) {
    case "callback": {
      const id = waiting.callbackId;
      return [
        `callback ${label}${callbackLimits(operation.callback!, nowMs)}:`,
        `  ${session.command(`callback succeed ${id} --result '{"approved":true}'`)}`,
        ...(operation.callback!.heartbeatTimeoutMs === undefined
          ? []
          : [`  ${session.command(`callback heartbeat ${id}`)}`]),
      ];
    }
    case "timer":
      return [`timer ${label}, ${dueText(waiting.dueAtMs, nowMs)}`];
    case "retry":
      return [`attempt ${operation.attempts.length + 1} of ${label}, ${dueText(waiting.dueAtMs, nowMs)}`];
    case "function":
      return [
        `function ${waiting.functionName}, called by ${label}, for ${durationText(Math.max(nowMs - operation.startMs, 0))}`,
        // Quoted, because a shell would take the $LATEST in it for a variable.
        ...(waiting.executionArn
          ? [`  ${session.command(`executions show '${waiting.executionArn}'`)}`]
          : []),
      ];
    case "step":
      return [
        `step ${label}, running for ${durationText(Math.max(nowMs - (operation.attempts.at(-1)?.startMs ?? nowMs), 0))}`,
      ];
  }
}

function callbackLimits(
  { timeoutAtMs, heartbeatTimeoutMs }: { timeoutAtMs?: number; heartbeatTimeoutMs?: number },
  nowMs: number,
): string {
  const timeout = timeoutAtMs === undefined ? "" : `, times out ${inText(timeoutAtMs, nowMs)}`;
  return (
    timeout +
    (heartbeatTimeoutMs === undefined ? "" : `, heartbeat every ${durationText(heartbeatTimeoutMs)}`)
  );
}

function dueText(atMs: number, nowMs: number): string {
  return `due ${inText(atMs, nowMs)}`;
}

function inText(atMs: number, nowMs: number): string {
  return atMs <= nowMs ? "now" : `in ${durationText(atMs - nowMs)} (${localTime(atMs)})`;
}
