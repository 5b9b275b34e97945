import {
  callbackSucceeds,
  caught,
  describeError,
  fail,
  fixed,
  LARGE,
  once,
  type Scenario,
  scenario,
} from "./scenario.ts";

/** context.promise. */
export const COMBINATORS: Record<string, Scenario> = {
  "promise combinators": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const one = (name: string) => context.step(name, async () => name);
        const none = { retryStrategy: fixed(1, 1) };
        const bad = (name: string) => context.step(name, async () => Promise.reject(new Error(name)), none);
        const all = await context.promise.all("all", [one("a"), one("b")]);
        const settled = await context.promise.allSettled([one("c"), bad("d")]);
        const any = await context.promise.any("any", [one("f"), bad("e")]);
        const race = await context.promise.race([one("g"), context.wait("never", { hours: 1 })]);
        const failed = await caught(context.promise.all("failing", [bad("h")]));
        const nothing = await caught(context.promise.any([bad("i")]));
        const kinds = settled.map((s) => (s.status === "fulfilled" ? s.value : describeError(s.reason)));
        return [all, kinds, any, race, failed, nothing];
      }),
  },
  "combinators of nothing": scenario(async (context) => [
    await context.promise.all("all", []),
    await context.promise.allSettled("settled", []),
    await caught(context.promise.any("any", [])),
  ]),
  "a race that a failure wins": scenario(async (context) => {
    const failing = context.step("fails", fail, once);
    const seen = await caught(context.promise.race("race", [failing, context.wait("never", { hours: 1 })]));
    await context.step("after", async () => 1);
    return seen;
  }),
  "settled errors after a replay": scenario(async (context) => {
    const settled = await context.promise.allSettled("settled", [
      context.step("good", async () => 1),
      context.step("bad", fail, once),
      context.runInChildContext("worse", fail),
    ]);
    await context.wait({ seconds: 1 });
    return settled.map((each) => (each.status === "fulfilled" ? each.value : describeError(each.reason)));
  }),
  "all of what waits outside": scenario(
    async (context) => {
      const [approved] = await context.createCallback<string>("approval");
      return context.promise.all("both", [approved, context.wait("pause", { seconds: 2 })]);
    },
    { onIdle: callbackSucceeds("yes") },
  ),
  "any of what waits outside": scenario(
    async (context) => {
      const [answer] = await context.createCallback<string>("answer");
      return context.promise.any("any", [context.step("fails", fail, once), answer]);
    },
    { onIdle: callbackSucceeds("yes") },
  ),
  "a combinator with a large result": scenario(async (context) => {
    const [large] = await context.promise.all("large", [context.step("large", async () => LARGE)]);
    await context.wait({ seconds: 1 });
    return large?.length;
  }),
};
