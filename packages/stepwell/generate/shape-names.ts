import type { Constraints } from "./build.ts";
import type { ClientShape } from "./client-schema.ts";
import type { Links, Source } from "./sources.ts";

/** Of which JSON-ish kind each type of the constraints is, to notice a link that cannot be right. */
const KINDS: Readonly<Record<string, ClientShape["kind"]>> = {
  integer: "number",
  long: "number",
  float: "number",
  double: "number",
};

/**
 * Finds the name that AWS's model gives the shape at a place (`OperationUpdate.Id`, `Tags{key}`), from four sources in
 * this order: the client's schema, our links, the constraints' list of inputs, the client's declarations (enums).
 */
export class ShapeNames {
  readonly #links: Links;
  readonly #constraints: Constraints;
  readonly #declared: ReadonlyMap<string, string>;
  readonly #unusedLinks: Set<string>;

  constructor(source: Source, constraints: Constraints, declared: ReadonlyMap<string, string>) {
    this.#links = source.links;
    this.#constraints = constraints;
    this.#declared = declared;
    this.#unusedLinks = new Set(Object.keys(source.links));
  }

  /** The shape's name, or undefined when none is known: then it has no constraints. */
  at(places: readonly string[], shape: ClientShape): string | undefined {
    if (shape.name) return shape.name;
    const name = first(places, (place) => this.#link(place) ?? this.#input(place) ?? this.#enum(place));
    const type = name && this.#constraints.constraints[name]?.type;
    if (type && (KINDS[type] ?? type) !== shape.kind) {
      throw new Error(
        `${places[0]} is linked to ${name}, a ${type}, but the client has a ${shape.kind} there.`,
      );
    }
    return name;
  }

  /** A link whose place is gone means that AWS's model has changed: someone must look. */
  checkAllLinksUsed(): void {
    if (this.#unusedLinks.size > 0) {
      throw new Error(
        `These links name places that the client does not have: ${[...this.#unusedLinks].join(", ")}.`,
      );
    }
  }

  #link(place: string): string | undefined {
    const name = this.#links[place];
    if (name && !this.#constraints.constraints[name]) {
      throw new Error(`${place} is linked to ${name}, which the constraints do not have.`);
    }
    if (name) this.#unusedLinks.delete(place);
    return name;
  }

  #input(place: string): string | undefined {
    const [structure, member] = place.split(".");
    return this.#constraints.inputs[structure!]?.[member ?? ""];
  }

  #enum(place: string): string | undefined {
    const name = this.#declared.get(place);
    return name && this.#constraints.constraints[name]?.enum ? name : undefined;
  }
}

function first<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
