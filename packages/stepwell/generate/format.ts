import type { ServiceEntry, ServiceFile } from "../src/kernel/schema/file.ts";

/** The files under `src/kernel/schema/services/`, by name. */
export function generatedFiles(services: ReadonlyMap<string, ServiceFile>): Map<string, string> {
  const files = new Map<string, string>();
  const index: Record<string, ServiceEntry> = {};
  for (const [service, { client, apiVersion, xmlNamespace, operations, shapes, ...entry }] of services) {
    index[service] = entry;
    files.set(
      `${service}.json`,
      lines({ client, apiVersion, ...(xmlNamespace && { xmlNamespace }), ...entry, operations, shapes }),
    );
  }
  files.set("index.json", lines(index));
  return files;
}

/** JSON with one operation or shape to a line: compact, and a change of AWS's model reads well as a diff. */
function lines(object: object): string {
  const entries = Object.entries(object).map(([key, value]) => {
    const nested = key === "operations" || key === "shapes";
    return `${JSON.stringify(key)}: ${nested ? block(value) : JSON.stringify(value)}`;
  });
  return `{\n${entries.join(",\n")}\n}\n`;
}

function block(object: object): string {
  const entries = Object.entries(object).map(
    ([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  );
  return `{\n${entries.join(",\n")}\n}`;
}
