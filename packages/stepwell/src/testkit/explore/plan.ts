/**
 * Something that goes wrong at a commit of the engine, counted from 1. `crash-before`: the engine dies when it asks
 * for the commit, so that what a handler did for it is lost; `crash-after`: when the commit is durable and nobody has
 * been told; `invoke-twice`: after it, the handler is called again while the call under way goes on.
 */
export interface Fault {
  readonly kind: FaultKind;
  readonly commit: number;
}

const KINDS = ["crash-before", "crash-after", "invoke-twice"] as const;
export type FaultKind = (typeof KINDS)[number];

/** What goes wrong in one run: the faults in the order of their commits. */
export type Plan = readonly Fault[];

/** A plan as text, as reports show it: `crash-before:3,invoke-twice:8`. */
export function planText(plan: Plan): string {
  return plan.map(({ kind, commit }) => `${kind}:${commit}`).join(",");
}

/** Reads a plan; throws an error that says how one looks. */
export function parsePlan(text: string): Plan {
  return text.split(",").map((part) => {
    const [kind, commit] = part.split(":");
    if (!KINDS.includes(kind as FaultKind) || !/^[1-9]\d{0,8}$/.test(commit ?? "")) {
      throw new Error(
        `The plan "${text}" has no fault in "${part}": one is ${KINDS.join(", ")} with the number of a commit, such as ${KINDS[0]}:3.`,
      );
    }
    return { kind: kind as FaultKind, commit: Number(commit) };
  });
}

/** Every plan of one fault, for a run with so many commits. */
export function* singleFaults(commits: number): Iterable<Plan> {
  for (let commit = 1; commit <= commits; commit++) for (const kind of KINDS) yield [{ kind, commit }];
}

/** A plan of two to four faults; `random` gives numbers in [0, 1). */
export function randomPlan(commits: number, random: () => number): Plan {
  const faults = Array.from({ length: 2 + Math.floor(random() * 3) }, () => ({
    kind: KINDS[Math.floor(random() * KINDS.length)]!,
    // Each crash makes the run longer.
    commit: 1 + Math.floor(random() * commits * 1.5),
  }));
  return faults.sort((a, b) => a.commit - b.commit);
}

/** The plans with one fault less. */
export function shorter(plan: Plan): Plan[] {
  return plan.length < 2 ? [] : plan.map((_, without) => plan.filter((_fault, i) => i !== without));
}
