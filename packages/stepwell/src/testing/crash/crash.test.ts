import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { VirtualClock } from "../../kernel/clock.ts";
import { SeededIds } from "../../kernel/ids.ts";
import { type Histories, Scenario } from "./scenario.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

/** A test that times out leaves its server behind. */
const servers: ServerProcess[] = [];
afterAll(() => {
  for (const server of servers) server.kill();
});

const EMPTY_APP = fileURLToPath(new URL("./empty-app", import.meta.url));
const SEEDS = Number(process.env.CRASH_SEEDS ?? 50);
/** About as many commits as the scenario makes; a plan beyond the last one is a kill at the end. */
const MOST_COMMITS = 80;

/** How a seed kills: half of them between a commit and its acknowledgement. */
function planOf(seed: number): { readonly env: Record<string, string>; readonly killAfterMs?: number } {
  const random = new SeededIds(seed, new VirtualClock());
  random.random();
  const commit = 2 + Math.floor(random.random() * MOST_COMMITS);
  if (seed % 2 === 0) return { env: { STEPWELL_CRASH: `after-commit:${commit}` } };
  if (seed % 4 === 1) return { env: { STEPWELL_CRASH: `before-commit:${commit}` } };
  return { env: {}, killAfterMs: random.random() * 2_500 };
}

/** Kills a server by the seed's plan, starts it again, and lets the client finish. */
async function crashAndFinish(seed: number) {
  const folder = mkdtempSync(join(tmpdir(), "stepwell-crash-"));
  const data = join(folder, "data");
  const scenario = new Scenario(folder);
  const { env, killAfterMs } = planOf(seed);
  const first = await startServer({ app: EMPTY_APP, data, env });
  servers.push(first);
  const timer = killAfterMs === undefined ? undefined : setTimeout(first.kill, killAfterMs);
  // Whatever the client was told before the server went away is in `scenario.acknowledged`.
  if (first.url) await scenario.drive(first.url).catch(() => {});
  first.kill();
  await first.gone;
  clearTimeout(timer);
  const fell =
    /crash: (.*)/.exec(first.stderr())?.[1] ??
    (killAfterMs === undefined ? "killed at the end" : `killed after ${Math.round(killAfterMs)} ms`);
  const committed = scenario.committedSteps();
  const runsBefore = scenario.runs();

  const second = await startServer({ app: EMPTY_APP, data });
  servers.push(second);
  const histories = await scenario.drive(second.url).catch((error: unknown) => {
    throw new Error(`after the restart: ${String(error)}\n${second.stderr()}`);
  });
  second.kill();
  await second.gone;
  const runsAfter = scenario.runs();
  rmSync(folder, { recursive: true, force: true });
  return { scenario, histories, committed, runsBefore, runsAfter, fell };
}

function expectWhole(histories: Histories, scenario: Scenario): void {
  for (const [id, events] of histories) {
    expect(
      events.map((event) => event.EventId),
      "dense and ordered",
    ).toEqual(events.map((_, i) => i + 1));
    expect(events.at(-1)?.EventType, id).toBe("ExecutionSucceeded");
    const result = JSON.parse(events.at(-1)!.ExecutionSucceededDetails!.Result!.Payload!);
    expect(result).toMatchObject({ id, both: ["left", "right"], echoed: { id } });
    const approvals = events.filter((event) => event.EventType === "CallbackSucceeded");
    expect(approvals, "one approval").toHaveLength(1);
    const acknowledged = scenario.acknowledged.get(id);
    if (acknowledged) expect(result.approval, "the acknowledged approval is kept").toBe(acknowledged);
  }
}

describe("a server that is killed anywhere goes on where it was", () => {
  test.concurrent.each(Array.from({ length: SEEDS }, (_, seed) => seed))(
    "seed %i",
    { timeout: 60_000 },
    async (seed) => {
      const { scenario, histories, committed, runsBefore, runsAfter, fell } = await crashAndFinish(seed);
      console.log(`seed ${seed}: ${fell}; ${committed.length} steps were committed`);
      expectWhole(histories, scenario);
      for (const step of committed) {
        expect(runsAfter.get(step), `the body of the committed step "${step}" ran again`).toBe(
          runsBefore.get(step),
        );
      }
    },
  );
});
