import { readFileSync } from "node:fs";
import type { ConstraintFile, OperationFile, ServiceFile } from "../src/kernel/schema/file.ts";
import { clientEntry, clientFolder, clientVersion, declaredErrors } from "./client.ts";
import { clientErrors, clientOperations } from "./client-schema.ts";
import { declaredTypes } from "./declared-types.ts";
import { ShapeNames } from "./shape-names.ts";
import { Shapes } from "./shapes.ts";
import type { Source } from "./sources.ts";

/** `constraints/SERVICE.json`: what AWS's model says and its client does not. */
export interface Constraints {
  /** Of each operation's input, which shape each member has. */
  readonly inputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly constraints: Readonly<Record<string, Constraint>>;
}

export interface Constraint extends ConstraintFile {
  readonly type: string;
  readonly required?: readonly string[];
}

/** Makes a service's schema from its client and its constraints. The same inputs give the same file. */
export async function buildService(source: Source): Promise<ServiceFile> {
  const module: Record<string, unknown> = await import(source.client);
  const constraints: Constraints = JSON.parse(
    readFileSync(new URL(`constraints/${source.service}.json`, import.meta.url), "utf8"),
  );
  const names = new ShapeNames(source, constraints, declaredTypes(clientFolder(source.client)));
  const shapes = new Shapes(names, constraints.constraints, module);
  const errors = declaredErrors(source.client);
  for (const error of clientErrors(module)) shapes.add(error, "");
  const operations = clientOperations(module).map((operation): [string, OperationFile] => [
    operation.name,
    {
      http: `${operation.method} ${operation.uri}`,
      status: operation.status,
      input: shapes.add(operation.input, ""),
      output: shapes.add(operation.output, ""),
      errors: (errors.get(operation.name) ?? []).sort(),
    },
  ]);
  names.checkAllLinksUsed();
  return {
    client: clientVersion(source.client),
    ...(source.xmlNamespace && { xmlNamespace: source.xmlNamespace }),
    ...clientEntry(module),
    operations: sorted(operations),
    shapes: sorted(shapes.built),
  };
}

function sorted<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}
