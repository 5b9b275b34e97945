import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { StepSemantics, withDurableExecution } from "@stepwell/durable";

/** The server that this process was started by: what runs after its end must not be taken for the next one's. */
const server = process.ppid;

/** Every run of a body leaves a line, also when it should not have run. */
const effect = (what, ...which) =>
  appendFileSync(process.env.RECORD, `${JSON.stringify([server, what, ...which])}\n`);

const after5s = (_error, attempts) => ({ shouldRetry: attempts < 30, delay: { seconds: 5 } });

/**
 * A step that fails as often as `failures` says, and then returns `result`, or the number of its attempt. That its
 * result was acknowledged leaves a line too.
 */
async function step(on, id, name, { failures = 0, result, ...config } = {}) {
  const body = async ({ attempt }) => {
    effect("step", id, name, attempt);
    if (attempt <= failures) throw new Error("not yet");
    return result ?? attempt;
  };
  const returned = await on.step(name, body, { retryStrategy: after5s, ...config });
  effect("stepped", id, name);
  return returned;
}

const caught = (promise) => promise.catch((error) => `${error.name}: ${error.cause?.name ?? error.message}`);

const workflows = {
  async retries(id, context) {
    const flaky = await step(context, id, "flaky", { failures: 2 });
    const once = await step(context, id, "once", {
      failures: 1,
      semantics: StepSemantics.AtMostOncePerRetry,
    });
    const check = async (state, { attempt }) => {
      effect("step", id, "poll", attempt);
      return state + 1;
    };
    const polled = await context.waitForCondition("poll", check, {
      initialState: 0,
      waitStrategy: (state) => ({ shouldContinue: state < 3, delay: { seconds: 5 } }),
    });
    return { flaky, once, polled };
  },

  async callbacks(id, context) {
    const [kept] = await context.createCallback("kept", { heartbeatTimeout: { seconds: 90 } });
    const [silent] = await context.createCallback("silent", { heartbeatTimeout: { seconds: 30 } });
    const [approval, keptResult, silentResult] = await Promise.all([
      context.waitForCallback("approval", async () => effect("submit", id)),
      caught(kept),
      caught(silent),
    ]);
    return { approval, kept: keptResult, silent: silentResult };
  },

  async maps(id, context) {
    const one = async (branch, n) => {
      await step(branch, id, `item ${n}`);
      await branch.wait(`rest ${n}`, { seconds: 5 });
      if (n === 3) throw new Error("a bad item");
      return step(branch, id, `again ${n}`, { result: n });
    };
    const all = await context.map("all", [1, 2, 3, 4, 5], one, {
      maxConcurrency: 3,
      completionConfig: { toleratedFailureCount: 1 },
    });
    const few = await context.map("few", [11, 12, 13, 14], one, { completionConfig: { minSuccessful: 2 } });
    return { all: all.getResults(), failed: all.failureCount, few: few.successCount };
  },

  async nested(id, context) {
    const inner = (level) => async (child) => {
      const before = await step(child, id, `before ${level}`);
      const [deeper] = await Promise.all([
        level < 3 ? child.runInChildContext(`level ${level + 1}`, inner(level + 1)) : "bottom",
        child.wait(`wait ${level}`, { seconds: level }),
      ]);
      const large = await step(child, id, `large ${level}`, {
        result: `${id} ${level}`.padEnd(300_000, "."),
      });
      return { before, deeper, large: large.length };
    };
    return context.runInChildContext("level 1", inner(1));
  },

  async chain(id, context) {
    const [plain, child, broken] = await Promise.all([
      context.invoke("plain", "echo", { id }),
      context.invoke("child", "order", { id: `${id} child`, workflow: "child" }),
      caught(context.invoke("broken", "broken", { id })),
    ]);
    return { plain, child, broken, last: await step(context, id, "last") };
  },

  async child(id, context) {
    const first = await step(context, id, "first");
    await context.wait("nap", { seconds: 10 });
    return { first, second: await step(context, id, "second") };
  },
};

export const order = withDurableExecution(({ id, workflow }, context) => workflows[workflow](id, context));

/** Called synchronously, and by chained invokes. */
export const echo = async ({ id }) => {
  effect("echo", id);
  await sleep(50);
  effect("echoed", id);
  return { echo: id };
};

/** Called asynchronously. */
export const event = async ({ id, fails }) => {
  effect("event", id);
  await sleep(50);
  effect("handled", id);
  if (fails) throw new Error("never");
};

export const broken = async ({ id }) => {
  effect("broken", id);
  throw new Error("broken");
};

/** Reads a queue that has bodies of text; nobody can handle a poisoned one. */
export const message = async ({ Records }) => {
  for (const { body } of Records) {
    const id = body.replaceAll('"', "");
    effect("message", id);
    await sleep(20);
    effect("handled message", id);
    if (id.startsWith("poison")) throw new Error("poison");
  }
};

/** Reads a FIFO queue; one line of each group fails the first time. */
export const line = async ({ Records }) => {
  for (const { body, attributes } of Records) {
    const { group, n, fails } = JSON.parse(body);
    effect("line", group, n);
    await sleep(20);
    if (fails && attributes.ApproximateReceiveCount === "1") throw new Error("not yet");
    effect("handled line", group, n);
  }
};

/** The destination of events that failed. */
export const sink = async ({ requestContext, requestPayload }) => {
  effect("sink", requestPayload.id, requestContext.condition, requestContext.approximateInvokeCount);
};
