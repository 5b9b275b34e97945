import type { Branch } from "./compile.ts";
import type { Leaf, LeafTest } from "./values.ts";

/** One field of a pattern on its way down an event. */
interface Seeker {
  /** The steps of the path, split at every dot: keys of events may hold dots themselves. */
  readonly steps: readonly string[];
  readonly test: LeafTest;
}

/** A branch of a pattern, made ready for matching. */
export interface PreparedBranch {
  /** Fields that must be there with a value that fits. */
  readonly required: readonly Seeker[];
  /** Fields that may also be absent. */
  readonly optional: readonly Seeker[];
}

/** A key of an event that holds more dots is not found by the path of a pattern. */
const MOST_JOINED = 16;
/** Deeper values are not looked at; AWS's reader takes no more. */
const DEEPEST = 1000;

export function prepareBranch(branch: Branch): PreparedBranch {
  const required: Seeker[] = [];
  const optional: Seeker[] = [];
  for (const [path, { expectations }] of branch) {
    const tests = expectations.flatMap(({ test }) => (test ? [test] : []));
    const test: LeafTest = tests.length === 1 ? tests[0]! : (leaf) => tests.some((one) => one(leaf));
    const mayBeAbsent = expectations.some(({ absent }) => absent);
    (mayBeAbsent ? optional : required).push({ steps: path.split("."), test });
  }
  return { required, optional };
}

/**
 * Whether an event has all that a branch asks for. Fields below the same array must be found in the same element of
 * it, as AWS has it: `[{ a: 1, b: 2 }, { a: 3, b: 4 }]` does not fit `{ a: [1], b: [4] }`.
 */
export function fits({ required, optional }: PreparedBranch, event: unknown): boolean {
  if (optional.length === 0) return allFound(event, required, 0, 0);
  const present = optional.filter((seeker) => isPresent(event, seeker));
  return allFound(event, [...required, ...present], 0, 0);
}

function isPresent(event: unknown, { steps }: Seeker): boolean {
  return allFound(event, [{ steps, test: () => true }], 0, 0);
}

/** Whether all seekers, which have come `step` steps far, find what they want in `value`. */
function allFound(value: unknown, seekers: readonly Seeker[], step: number, depth: number): boolean {
  if (seekers.length === 0) return true;
  if (depth > DEEPEST) return false;
  if (Array.isArray(value)) return foundInElements(value, seekers, step, depth);
  if (typeof value === "object" && value !== null) {
    return foundInMembers(value as Record<string, unknown>, seekers, step, depth);
  }
  return seekers.every(({ steps, test }) => step === steps.length && test(value as Leaf));
}

/** Plain elements are no bond between fields; an object or array among the elements must have all the others. */
function foundInElements(
  elements: readonly unknown[],
  seekers: readonly Seeker[],
  step: number,
  depth: number,
): boolean {
  const rest = seekers.filter(
    ({ steps, test }) =>
      !(step === steps.length && elements.some((element) => isLeaf(element) && test(element))),
  );
  if (rest.length === 0) return true;
  return elements.some((element) => !isLeaf(element) && allFound(element, rest, step, depth + 1));
}

function foundInMembers(
  object: Record<string, unknown>,
  seekers: readonly Seeker[],
  step: number,
  depth: number,
): boolean {
  if (seekers.length === 1)
    return foundInAny(object, seekers[0]!, keysFor(object, seekers[0]!, step), step, depth);
  const together = new Map<string, Seeker[]>();
  for (const seeker of seekers) {
    const keys = keysFor(object, seeker, step);
    if (keys.length !== 1) {
      if (!foundInAny(object, seeker, keys, step, depth)) return false;
      continue;
    }
    const group = together.get(keys[0]!);
    if (group) group.push(seeker);
    else together.set(keys[0]!, [seeker]);
  }
  for (const [key, group] of together) {
    if (!allFound(object[key], group, step + stepsOf(key, group[0]!, step), depth + 1)) return false;
  }
  return true;
}

function foundInAny(
  object: Record<string, unknown>,
  seeker: Seeker,
  keys: readonly string[],
  step: number,
  depth: number,
): boolean {
  return keys.some((key) => allFound(object[key], [seeker], step + stepsOf(key, seeker, step), depth + 1));
}

/** The keys of an object that the next steps of a path lead to: most often one, since few keys hold dots. */
function keysFor(object: Record<string, unknown>, { steps }: Seeker, step: number): string[] {
  const keys: string[] = [];
  let key = "";
  for (let next = step; next < steps.length && next - step < MOST_JOINED; next++) {
    key = next === step ? steps[next]! : `${key}.${steps[next]}`;
    if (Object.hasOwn(object, key)) keys.push(key);
  }
  return keys;
}

/** How many steps of the path a key takes. */
function stepsOf(key: string, { steps }: Seeker, step: number): number {
  if (key === steps[step]) return 1;
  return key.split(".").length;
}

function isLeaf(value: unknown): value is Leaf {
  return typeof value !== "object" || value === null;
}
