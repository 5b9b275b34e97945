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
 * it, as AWS has it: `[{ a: 1, b: 2 }, { a: 3, b: 4 }]` does not fit `{ a: [1], b: [4] }`. Most rules do not match most
 * events, so each field is looked for alone first.
 */
export function fits({ required, optional }: PreparedBranch, event: unknown): boolean {
  if (!required.every((seeker) => isFound(event, seeker, 0, 0))) return false;
  const present = optional.filter(({ steps }) => isFound(event, { steps, test: isThere }, 0, 0));
  const wanted = present.length === 0 ? required : [...required, ...present];
  return (wanted === required && wanted.length === 1) || allFound(event, wanted, 0, 0);
}

const isThere: LeafTest = () => true;

/** Whether a seeker, which has come `step` steps far, finds what it wants in `value`. */
function isFound(value: unknown, seeker: Seeker, step: number, depth: number): boolean {
  if (isLeaf(value)) return step === seeker.steps.length && seeker.test(value);
  if (depth > DEEPEST) return false;
  if (Array.isArray(value)) return value.some((element) => isFound(element, seeker, step, depth + 1));
  const object = value as Record<string, unknown>;
  let key = "";
  for (let next = step; next < seeker.steps.length && next - step < MOST_JOINED; next++) {
    key = next === step ? seeker.steps[next]! : `${key}.${seeker.steps[next]}`;
    if (Object.hasOwn(object, key) && isFound(object[key], seeker, next + 1, depth + 1)) return true;
  }
  return false;
}

/** Whether all seekers, which have come `step` steps far, find what they want in `value`, side by side. */
function allFound(value: unknown, seekers: readonly Seeker[], step: number, depth: number): boolean {
  if (seekers.length === 1) return isFound(value, seekers[0]!, step, depth);
  if (isLeaf(value)) return seekers.every((seeker) => isFound(value, seeker, step, depth));
  if (depth > DEEPEST) return false;
  if (Array.isArray(value)) return foundInElements(value, seekers, step, depth);
  return foundInMembers(value as Record<string, unknown>, seekers, step, depth);
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

/** Seekers that go on by the same key stay together; one that could go on by several goes alone. */
function foundInMembers(
  object: Record<string, unknown>,
  seekers: readonly Seeker[],
  step: number,
  depth: number,
): boolean {
  const together = new Map<string, Seeker[]>();
  for (const seeker of seekers) {
    const [key, ...others] = keysFor(object, seeker, step);
    if (key === undefined || (others.length > 0 && !isFound(object, seeker, step, depth))) return false;
    if (others.length > 0) continue;
    const group = together.get(key);
    if (group) group.push(seeker);
    else together.set(key, [seeker]);
  }
  for (const [key, group] of together) {
    const next = step + stepsOf(key, group[0]!, step);
    if (!allFound(object[key], group, next, depth + 1)) return false;
  }
  return true;
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
  return key === steps[step] ? 1 : key.split(".").length;
}

function isLeaf(value: unknown): value is Leaf {
  return typeof value !== "object" || value === null;
}
