import { VirtualClock } from "../../kernel/clock.ts";
import { SeededIds } from "../../kernel/ids.ts";
import type { Activity, ActivityOptions } from "./activities/activity.ts";
import { Callbacks } from "./activities/callbacks.ts";
import { Calls } from "./activities/calls.ts";
import { Events } from "./activities/events.ts";
import { Messages } from "./activities/messages.ts";
import { Rules } from "./activities/rules.ts";
import { Stop } from "./activities/stop.ts";
import { Versions } from "./activities/versions.ts";
import { Waits } from "./activities/waits.ts";
import { Chain, Maps, Nested, Retries } from "./activities/workflows.ts";

const ACTIVITIES: readonly (new (options: ActivityOptions) => Activity)[] = [
  Retries,
  Callbacks,
  Maps,
  Nested,
  Chain,
  Waits,
  Stop,
  Events,
  Calls,
  Versions,
  Messages,
  Rules,
];

/** What befalls one server. */
export type Fault =
  /** It kills itself at a commit. */
  | { readonly kind: "commit"; readonly plan: string }
  /** `kill -9`, so long after it was ready. */
  | { readonly kind: "kill"; readonly afterMs: number }
  /** `kill -9`, so long after its process was started. */
  | { readonly kind: "start-up"; readonly afterMs: number }
  /** SIGTERM, so long after it was ready. */
  | { readonly kind: "stop"; readonly afterMs: number }
  /** `kill -9` of the processes in which its functions run, so long after it was ready; it goes on. */
  | { readonly kind: "hosts"; readonly afterMs: number };

export interface Plan {
  readonly activities: readonly (new (options: ActivityOptions) => Activity)[];
  /** One server after the other; the last, without a fault, follows. */
  readonly faults: readonly Fault[];
  readonly random: () => number;
}

/** About as many commits as there are; a fault beyond the last one does not happen. */
const MOST_COMMITS = 150;

/** What is done and what goes wrong, by the seed. */
export function planOf(seed: number): Plan {
  const ids = new SeededIds(seed, new VirtualClock());
  const random = () => ids.random();
  random();
  const activities = ACTIVITIES.filter(() => random() < 0.4);
  // Every activity has its turn, also in a run of few seeds.
  for (const own of [2 * seed, 2 * seed + 1].map((i) => ACTIVITIES[i % ACTIVITIES.length]!)) {
    if (!activities.includes(own)) activities.push(own);
  }
  const faults = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, i) => faultOf(random, i));
  return { activities, faults, random };
}

function faultOf(random: () => number, before: number): Fault {
  const drawn = random();
  const commit = 1 + Math.floor(random() * MOST_COMMITS);
  if (drawn < 0.15) return { kind: "commit", plan: `after-commit:${commit}` };
  if (drawn < 0.25) return { kind: "commit", plan: `before-commit:${commit}` };
  if (drawn < 0.4) return { kind: "commit", plan: `instead-of-commit:${commit}` };
  if (drawn < 0.6) return { kind: "kill", afterMs: random() * 2_000 };
  if (drawn < 0.65 && before > 0) return { kind: "start-up", afterMs: 100 + random() * 500 };
  // What the start itself commits, and the first of what it resumes.
  if (drawn < 0.7 && before > 0)
    return { kind: "commit", plan: `after-commit:${1 + Math.floor(random() * 8)}` };
  if (drawn < 0.8) return { kind: "stop", afterMs: random() * 2_000 };
  return { kind: "hosts", afterMs: 300 + random() * 2_000 };
}
