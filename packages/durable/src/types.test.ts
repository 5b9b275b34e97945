import { readFile } from "node:fs/promises";
import { describe, expect, expectTypeOf, test } from "vitest";
import type { BatchResult, DurableContext, DurablePromise } from "./index.ts";
import { SDK_VERSION } from "./version.ts";

// What a handler's author gets without writing a type. Checked by the compiler; nothing here runs.
const handler = (context: DurableContext) => ({
  step: () => context.step("s", async () => ({ id: 1 })),
  unnamed: () => context.step(async ({ attempt }) => attempt),
  child: () => context.runInChildContext("c", async (child) => child.step(async () => "x")),
  wait: () => context.wait({ minutes: 1, seconds: 2 }),
  callback: () => context.createCallback("cb"),
  waitForCallback: () => context.waitForCallback(async (id) => void id.length),
  condition: () =>
    context.waitForCondition(async (state) => ({ n: state.n + 1 }), {
      initialState: { n: 0 },
      waitStrategy: (state) =>
        state.n > 1 ? { shouldContinue: false } : { shouldContinue: true, delay: { seconds: 1 } },
    }),
  map: () => context.map(["a"], async (_child, item, index) => item.length + index),
  same: () => context.parallel([async () => 1, { name: "n", func: async () => 2 }]),
  mixed: () => context.parallel("p", [async () => 1, async () => "x", { func: async () => true }]),
  invoke: () => context.invoke<{ in: number }, { out: string }>("f:1", { in: 1 }),
  all: () => context.promise.all([context.step(async () => 1), context.step(async () => "x")]),
  race: () => context.promise.race("r", [context.step(async () => 1), context.step(async () => "x")]),
  settled: () => context.promise.allSettled([context.step(async () => 1)]),
});
type Returned = ReturnType<typeof handler>;
type Of<K extends keyof Returned> = Awaited<ReturnType<Returned[K]>>;

describe("Types are inferred", () => {
  test("for every operation", () => {
    expectTypeOf<ReturnType<Returned["step"]>>().toEqualTypeOf<DurablePromise<{ id: number }>>();
    expectTypeOf<Of<"unnamed">>().toEqualTypeOf<number>();
    expectTypeOf<Of<"child">>().toEqualTypeOf<string>();
    expectTypeOf<Of<"wait">>().toEqualTypeOf<void>();
    expectTypeOf<Of<"callback">>().toEqualTypeOf<[DurablePromise<string>, string]>();
    expectTypeOf<Of<"waitForCallback">>().toEqualTypeOf<string>();
    expectTypeOf<Of<"condition">>().toEqualTypeOf<{ n: number }>();
    expectTypeOf<Of<"map">>().toEqualTypeOf<BatchResult<number>>();
    expectTypeOf<Of<"same">>().toEqualTypeOf<BatchResult<number>>();
    expectTypeOf<Of<"mixed">>().toEqualTypeOf<BatchResult<string | number | boolean>>();
    expectTypeOf<Of<"invoke">>().toEqualTypeOf<{ out: string }>();
    expectTypeOf<Of<"all">>().toEqualTypeOf<[number, string]>();
    expectTypeOf<Of<"race">>().toEqualTypeOf<number | string>();
    expectTypeOf<Of<"settled">>().toEqualTypeOf<PromiseSettledResult<number>[]>();
  });

  test("SDK_VERSION is the package's version", async () => {
    const manifest = await readFile(new URL("../package.json", import.meta.url), "utf8");
    expect(SDK_VERSION).toBe(JSON.parse(manifest).version);
  });
});
