/** Whether a scalar of a message is what a policy asks for. */
export type Test = (value: unknown) => boolean;

/** What a policy asks of one key: any of its tests, or that the key is absent. */
export interface Leaf {
  readonly tests: readonly Test[];
  readonly orAbsent: boolean;
}

/** A policy as a tree of keys; a key with dots in it is a path of such keys. */
export interface PolicyNode {
  leaf?: Leaf;
  readonly keys: Map<string, PolicyNode>;
  /** Of each list one must match. */
  readonly alternatives: PolicyNode[][];
}

type Fields = Readonly<Record<string, unknown>>;

/** Where the values are that the policy's keys name, seen from the message's root. */
type Path = readonly string[];

/** Whether a message passes. It takes time in proportion to the policy and the message. */
export function matches(root: PolicyNode, message: object): boolean {
  return new Matching(message).node(root, message, []);
}

class Matching {
  readonly #message: object;
  constructor(message: object) {
    this.#message = message;
  }

  /** A list matches when a part of it does: what is asked of several keys is asked of one and the same part. */
  node(node: PolicyNode, value: unknown, path: Path): boolean {
    if (Array.isArray(value) && !isLeafOnly(node)) return value.some((part) => this.node(node, part, path));
    if (node.leaf && !this.#leaf(node.leaf, value, path)) return false;
    for (const [key, child] of node.keys) {
      if (!this.#key(child, value, key, path)) return false;
    }
    return node.alternatives.every((list) => list.some((one) => this.node(one, value, path)));
  }

  #key(child: PolicyNode, value: unknown, key: string, path: Path): boolean {
    const found = isObject(value) ? valuesAt(value, key) : [];
    const within = [...path, key];
    return found.length === 0
      ? this.node(child, undefined, within)
      : found.some((one) => this.node(child, one, within));
  }

  #leaf({ tests, orAbsent }: Leaf, value: unknown, path: Path): boolean {
    if (anyScalar(value, (scalar) => tests.some((test) => test(scalar)))) return true;
    return orAbsent && !isPresent(this.#message, path, 0);
  }
}

/** Absent anywhere: a key that another part of a list has is not absent. */
function isPresent(value: unknown, path: Path, depth: number): boolean {
  if (Array.isArray(value)) return value.some((part) => isPresent(part, path, depth));
  if (depth === path.length) return value !== undefined && !isObject(value);
  if (!isObject(value)) return false;
  return valuesAt(value, path[depth]!).some((one) => isPresent(one, path, depth + 1));
}

/** Scalars of lists in lists count like those of the list itself. */
function anyScalar(value: unknown, holds: Test): boolean {
  if (Array.isArray(value)) return value.some((part) => anyScalar(part, holds));
  return value !== undefined && !isObject(value) && holds(value);
}

/** The values of a key; `{"a.b": 1}` is the same as `{"a": {"b": 1}}`. */
function valuesAt(fields: Fields, key: string): unknown[] {
  const own = Object.hasOwn(fields, key) ? [fields[key]] : [];
  const prefix = `${key}.`;
  const dotted = Object.keys(fields).filter((name) => name.startsWith(prefix));
  if (dotted.length === 0) return own;
  const rest = Object.fromEntries(dotted.map((name) => [name.slice(prefix.length), fields[name]]));
  const [value] = own;
  return isObject(value) ? [{ ...value, ...rest }] : [...own, rest];
}

function isLeafOnly(node: PolicyNode): boolean {
  return node.keys.size === 0 && node.alternatives.length === 0;
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
