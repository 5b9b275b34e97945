import type { DurableContext } from "@stepwell/durable";
import {
  BRANCHES,
  busyUntil,
  noteStep,
  nowMs,
  publish,
  SLEEP_SECONDS,
  STEPS,
  sleptElsewhere,
  slowStep,
  stepResult,
} from "../../../lib/work.mjs";

/** What both SDKs' contexts can do. */
export type Context = DurableContext;

/** What the bench sends: the name of a workload, and what that needs. */
export interface Input {
  readonly workload: keyof typeof workloads;
  readonly id: string;
  /** W4: where the callback's id is sent. */
  readonly url: string;
  /** W4: something else keeps the handler from leaving memory meanwhile. */
  readonly connected?: boolean;
  /** W5: the file in which each step's body leaves a line. */
  readonly log: string;
}

export function runWorkload(context: Context, input: Input): Promise<unknown> {
  return workloads[input.workload](context, input);
}

const workloads = { w1, w2, w3, w4, w5 };

async function w1(context: Context) {
  let result: unknown;
  for (let i = 0; i < STEPS; i++) result = await context.step(`step ${i}`, async () => stepResult(i));
  return result;
}

async function w2(context: Context) {
  const items = Array.from({ length: BRANCHES }, (_, i) => i);
  const branches = await context.map("fan out", items, async (branch, i) =>
    branch.step("step", async () => stepResult(i)),
  );
  return branches.getResults().length;
}

async function w3(context: Context) {
  const begunMs = nowMs();
  await context.wait("sleep", { seconds: SLEEP_SECONDS });
  return { leftMemory: sleptElsewhere(begunMs) };
}

async function w4(context: Context, { id, url, connected }: Input) {
  const [answer, callbackId] = await context.createCallback("answer");
  const over = Promise.withResolvers<void>();
  const busy = connected ? context.step("busy", () => busyUntil(over.promise)) : undefined;
  let published = false;
  await context.step("publish", async () => {
    published = true;
    await publish(url, id, callbackId);
  });
  await answer;
  const atMs = nowMs();
  over.resolve();
  await busy;
  // An invocation that has not published it itself was begun for the answer.
  return { atMs, leftMemory: !published };
}

async function w5(context: Context, { id, log }: Input) {
  for (let i = 0; i < STEPS; i++) {
    await context.step(`step ${i}`, async () => {
      noteStep(log, id, i);
      return slowStep(i);
    });
  }
}
