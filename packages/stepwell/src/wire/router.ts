import type { OperationSchema } from "../kernel/schema/shape.ts";

/** An operation found by method and path, with the labels' values still percent-encoded. */
interface RouteMatch {
  readonly operation: OperationSchema;
  readonly labels: Readonly<Record<string, string>>;
}

interface Node {
  readonly literals: Map<string, Node>;
  /** `{Name}`: one segment. */
  label?: Node;
  /** `{Name+}`: all that is left, at least one segment. */
  greedy?: Ends;
  readonly ends: Ends;
}

/** What ends at a node, by method; routes that ask for a query parameter come before those that do not. */
type Ends = Map<string, Route[]>;

interface Route {
  readonly operation: OperationSchema;
  /** The names of the labels, in the order of the path. */
  readonly labels: readonly string[];
  /** Parameters that the query must have: `?List=ALL`. */
  readonly query: readonly (readonly [name: string, value: string])[];
}

interface Sought {
  readonly method: string;
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
}

/**
 * A service's REST operations by path, as a tree of segments. The raw path is split before it is decoded, so that a
 * label may hold an encoded slash (ARNs do). A literal segment wins over a label, a label over a greedy one.
 */
export class Router {
  readonly #root: Node = node();

  constructor(operations: Iterable<OperationSchema>) {
    for (const operation of operations) this.#add(operation);
  }

  /** Finds the operation of a request; a slash at the end of the path makes no difference. */
  match(method: string, rawPath: string, query: URLSearchParams): RouteMatch | undefined {
    const segments = rawPath.slice(1).split("/");
    const found = find(this.#root, 0, { method, segments, query }, []);
    if (found || segments.length === 1 || segments.at(-1) !== "") return found;
    return find(this.#root, 0, { method, segments: segments.slice(0, -1), query }, []);
  }

  #add(operation: OperationSchema): void {
    const [path, query] = operation.uri.split("?", 2) as [string, string?];
    const labels: string[] = [];
    const route: Route = { operation, labels, query: [...new URLSearchParams(query)] };
    let at = this.#root;
    for (const segment of path.split("/").slice(1)) {
      if (segment === "") continue;
      if (segment.endsWith("+}")) {
        labels.push(segment.slice(1, -2));
        at.greedy ??= new Map();
        addRoute(at.greedy, route);
        return;
      }
      if (segment.startsWith("{")) {
        labels.push(segment.slice(1, -1));
        at.label ??= node();
        at = at.label;
      } else {
        const next = at.literals.get(segment) ?? node();
        at.literals.set(segment, next);
        at = next;
      }
    }
    addRoute(at.ends, route);
  }
}

function node(): Node {
  return { literals: new Map(), ends: new Map() };
}

function addRoute(ends: Ends, route: Route): void {
  const routes = [...(ends.get(route.operation.method) ?? []), route];
  ends.set(
    route.operation.method,
    routes.sort((a, b) => b.query.length - a.query.length),
  );
}

function find(at: Node, depth: number, sought: Sought, values: readonly string[]): RouteMatch | undefined {
  const { segments } = sought;
  if (depth === segments.length) return matched(at.ends, sought, values);
  const segment = segments[depth]!;
  const literal = at.literals.get(segment);
  const byLiteral = literal && find(literal, depth + 1, sought, values);
  if (byLiteral) return byLiteral;
  const byLabel = at.label && segment !== "" && find(at.label, depth + 1, sought, [...values, segment]);
  if (byLabel) return byLabel;
  return at.greedy && matched(at.greedy, sought, [...values, segments.slice(depth).join("/")]);
}

function matched(ends: Ends, sought: Sought, values: readonly string[]): RouteMatch | undefined {
  const route = ends
    .get(sought.method)
    ?.find(({ query }) => query.every(([name, value]) => sought.query.get(name) === value));
  if (!route) return undefined;
  const labels: Record<string, string> = {};
  route.labels.forEach((name, i) => {
    labels[name] = values[i]!;
  });
  return { operation: route.operation, labels };
}
