import { BadPolicy } from "./bad-policy.ts";
import { isOr } from "./or.ts";

/** https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html */
const MOST_KEYS = 5;
const MOST_COMBINATIONS = 150;

type Policy = Readonly<Record<string, unknown>>;

/** Refuses a policy with more keys or combinations of values than AWS allows. */
export function checkComplexity(policy: Policy): void {
  if (combinations(policy, 1) > MOST_COMBINATIONS) throw new BadPolicy("Filter policy is too complex");
  if (keys(policy).size > MOST_KEYS) {
    throw new BadPolicy(`Filter policy can not have more than ${MOST_KEYS} keys`);
  }
}

/** The values of every key are multiplied, nested ones by how deep they lie too; alternatives are added. */
function combinations(policy: Policy, depth: number): number {
  let product = 1;
  for (const [key, value] of Object.entries(policy)) {
    if (isOr(key, value)) product *= sum(value.map((alternative) => combinations(alternative, depth)));
    else if (Array.isArray(value)) product *= value.length * depth;
    else product *= combinations(value as Policy, depth + 1);
  }
  return product;
}

/** Of nested keys only the outermost count. */
function keys(policy: Policy): Set<string> {
  const found = Object.entries(policy).flatMap(([key, value]) =>
    isOr(key, value) ? value.flatMap((alternative) => [...keys(alternative)]) : [key],
  );
  return new Set(found);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
