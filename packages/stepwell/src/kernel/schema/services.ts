import { readFileSync } from "node:fs";
import type { ServiceEntry, ServiceFile } from "./file.ts";
import { linkService } from "./link.ts";
import type { OperationSchema, ServiceSchema } from "./shape.ts";

const loaded = new Map<string, ServiceSchema>();
let index: ReadonlyMap<string, ServiceEntry> | undefined;

/** Every service that has a schema, with what routing needs to know of it. */
export function serviceIndex(): ReadonlyMap<string, ServiceEntry> {
  index ??= new Map(Object.entries(read<Record<string, ServiceEntry>>("index")));
  return index;
}

/** A service's schema, read on first use, which takes some milliseconds. Throws for a service that has none. */
export function serviceSchema(service: string): ServiceSchema {
  const known = loaded.get(service);
  if (known) return known;
  if (!serviceIndex().has(service)) throw new Error(`There is no schema of the service ${service}.`);
  const schema = linkService(service, read<ServiceFile>(service));
  loaded.set(service, schema);
  return schema;
}

/** The schema of an operation by its name in the operation table (`lambda.Invoke`), or undefined. */
export function operationSchema(fullName: string): OperationSchema | undefined {
  const dot = fullName.indexOf(".");
  const service = fullName.slice(0, dot);
  if (!serviceIndex().has(service)) return undefined;
  return serviceSchema(service).operations.get(fullName.slice(dot + 1));
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`./services/${name}.json`, import.meta.url), "utf8"));
}
