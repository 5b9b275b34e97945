import type { StandardSchema } from "@stepwell/durable";

/** A schema made of a function that returns what is wrong with a value, or gives the value back. */
export function schemaOf<T>(
  check: (value: unknown) => { value: T } | { issues: { message: string; path?: string[] }[] },
): StandardSchema<unknown, T> {
  return { "~standard": { version: 1, vendor: "tests", validate: (value) => check(value) } };
}

/** An object with a date, which arrives as text. */
export const withDate = schemaOf<{ at: Date }>((value) => {
  const at = new Date((value as { at?: string } | undefined)?.at ?? Number.NaN);
  return Number.isNaN(at.getTime())
    ? { issues: [{ path: ["at"], message: "expected a date" }, { message: "not usable" }] }
    : { value: { at } };
});
