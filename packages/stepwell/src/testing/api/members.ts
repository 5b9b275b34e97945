import type { Shape } from "../../kernel/schema/shape.ts";

/**
 * The members of a response, nested ones included, each as `Structure.member`. What lies inside a member that is never
 * given is not asked for.
 */
export function documentedMembers(shape: Shape, isAbsent: (member: string) => boolean): Set<string> {
  const found = new Set<string>();
  const visit = (at: Shape): void => {
    switch (at.type) {
      case "structure":
      case "union":
        for (const member of at.members) {
          const name = `${at.name}.${member.name}`;
          if (found.has(name) || isAbsent(name)) continue;
          found.add(name);
          visit(member.shape);
        }
        return;
      case "list":
        return visit(at.member);
      case "map":
        return visit(at.value);
    }
  };
  visit(shape);
  return found;
}

/** The members that a response has, as AWS's client gives it; events of a stream are a list. */
export function givenMembers(shape: Shape, response: unknown): Set<string> {
  const found = new Set<string>();
  const visit = (at: Shape, value: unknown): void => {
    switch (at.type) {
      case "structure":
      case "union":
        for (const one of [value].flat() as Readonly<Record<string, unknown>>[]) {
          for (const member of at.members) {
            const item = one[member.name];
            if (item === undefined) continue;
            found.add(`${at.name}.${member.name}`);
            visit(member.shape, item);
          }
        }
        return;
      case "list":
        for (const item of value as unknown[]) visit(at.member, item);
        return;
      case "map":
        for (const item of Object.values(value as object)) visit(at.value, item);
        return;
    }
  };
  visit(shape, response);
  return found;
}
