import { durationText } from "../text.ts";
import type { Timeline } from "./timeline.ts";

/** How an execution's time was spent: its handler ran, was to run and waited for an instance, or waited for the world. */
export function spentText(timeline: Timeline, runningSinceMs: number | undefined, nowMs: number): string {
  const endMs = timeline.endMs ?? nowMs;
  const total = Math.max(endMs - timeline.startMs, 0);
  const running = runningSinceMs === undefined ? 0 : Math.max(endMs - runningSinceMs, 0);
  const ran = timeline.invocations.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, running);
  const queued = timeline.invocations.reduce((sum, { queuedMs }) => sum + queuedMs, 0);
  const waited = Math.max(total - ran - queued, 0);
  return `ran ${durationText(ran)}, queued ${durationText(queued)}, waited ${durationText(waited)}`;
}
