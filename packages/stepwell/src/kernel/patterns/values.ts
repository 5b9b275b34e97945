import { parseAddress } from "./cidr.ts";

/** What stands at the leaves of an event. */
export type Leaf = string | number | boolean | null;

/** A test of a leaf. */
export type LeafTest = (leaf: Leaf) => boolean;

/** Numbers that AWS compares. */
const GREATEST = 5e9;

/** A string, number, true, false or null that must stand there. Addresses are the same however they are written. */
export function equalTo(value: Leaf): LeafTest {
  const address = typeof value === "string" ? parseAddress(value) : undefined;
  if (!address) return (leaf) => leaf === value;
  return (leaf) => {
    const other = typeof leaf === "string" ? parseAddress(leaf) : undefined;
    return other?.bits === address.bits && other.value === address.value;
  };
}

/** What a test of texts says, and false for all else. */
export function textWith(test: (text: string) => boolean): LeafTest {
  return (leaf) => typeof leaf === "string" && test(leaf);
}

/** Leaves that fail every one of the tests. */
export function noneOf(tests: readonly LeafTest[]): LeafTest {
  return (leaf) => !tests.some((test) => test(leaf));
}

export function equalIgnoringCase(wanted: string): LeafTest {
  const folded = fold(wanted);
  return textWith((text) => fold(text) === folded);
}

export function startIgnoringCase(wanted: string): LeafTest {
  const folded = fold(wanted);
  return textWith((text) => fold(text).startsWith(folded));
}

export function endIgnoringCase(wanted: string): LeafTest {
  const folded = fold(wanted);
  return textWith((text) => fold(text).endsWith(folded));
}

export interface Bound {
  readonly value: number;
  readonly included: boolean;
}

/** Numbers between two bounds, as far as there are any. */
export function numberWithin(bottom: Bound | undefined, top: Bound | undefined): LeafTest {
  return (leaf) =>
    typeof leaf === "number" &&
    isComparable(leaf) &&
    (!bottom || leaf > bottom.value || (bottom.included && leaf === bottom.value)) &&
    (!top || leaf < top.value || (top.included && leaf === top.value));
}

/** Whether AWS compares a number at all. */
export function isComparable(value: number): boolean {
  return value >= -GREATEST && value <= GREATEST;
}

function fold(text: string): string {
  return text.toLowerCase();
}
