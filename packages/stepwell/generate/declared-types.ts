import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Which named type each member of an interface is declared with: `OperationUpdate.Type` -> `OperationType`,
 * `Cors.AllowMethods[]` -> `string`. The client's schemas do not name the shapes of plain strings, but its
 * declarations name those that have an enum.
 */
export function declaredTypes(clientFolder: string): Map<string, string> {
  const folder = join(clientFolder, "dist-types/models");
  const declared = new Map<string, string>();
  for (const file of readdirSync(folder).filter((name) => /^models_\d+\.d\.ts$/.test(name))) {
    const text = readFileSync(join(folder, file), "utf8").replaceAll(/\/\*[\s\S]*?\*\//g, "");
    for (const [, name, body] of text.matchAll(/^export interface (\w+) \{([\s\S]*?)^\}/gm)) {
      for (const [, member, type] of body!.matchAll(/^ {4}(\w+)\??: (.+?)(?: \| undefined)?;$/gm)) {
        for (const [suffix, named] of namedTypes(type!)) declared.set(`${name}.${member}${suffix}`, named);
      }
    }
  }
  return declared;
}

function namedTypes(type: string): [string, string][] {
  const list = /^\(?(\w+)\)?\[\]$/.exec(type);
  if (list) return [["[]", list[1]!]];
  const map = /^(?:Partial<)?Record<(\w+), (\w+)(?:\[\])?>>?$/.exec(type);
  if (map) {
    return [
      ["{key}", map[1]!],
      ["{value}", map[2]!],
    ];
  }
  return /^\w+$/.test(type) ? [["", type]] : [];
}
