import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Protocol, ServiceEntry } from "../src/kernel/schema/file.ts";

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  "aws.protocols#restJson1": "rest-json",
  "aws.protocols#awsJson1_0": "aws-json-1.0",
  "aws.protocols#awsJson1_1": "aws-json-1.1",
  "aws.protocols#awsQuery": "query",
};

/** The client's folder in node_modules. */
export function clientFolder(client: string): string {
  return dirname(createRequire(import.meta.url).resolve(`${client}/package.json`));
}

/** `@aws-sdk/client-lambda@3.1162.0`, as installed. */
export function clientVersion(client: string): string {
  const { version } = JSON.parse(readFileSync(join(clientFolder(client), "package.json"), "utf8"));
  return `${client}@${version}`;
}

/** How the service is spoken to, asked of an instance of the client. */
export function clientEntry(
  module: Readonly<Record<string, unknown>>,
): ServiceEntry & { apiVersion: string; xmlNamespace?: string } {
  const Client = Object.entries(module).find(
    ([name]) => /\wClient$/.test(name) && !name.startsWith("__"),
  )![1];
  // biome-ignore lint/suspicious/noExplicitAny: the resolved configuration is not part of the client's public types.
  const { config } = new (Client as new (options: object) => any)({ region: "us-east-1" });
  const protocol = PROTOCOLS[config.protocol.getShapeId()];
  if (!protocol) throw new Error(`The wire has no protocol ${config.protocol.getShapeId()} yet.`);
  const [auth] = config.httpAuthSchemeProvider({
    region: "us-east-1",
    operation: "",
    Region: "us-east-1",
    UseDualStack: false,
    UseFIPS: false,
  });
  return {
    protocol,
    apiVersion: config.apiVersion,
    signingName: auth.signingProperties.name,
    ...(protocol.startsWith("aws-json") ? { targetPrefix: config.protocol.serviceTarget } : {}),
    ...(config.protocolSettings.awsQueryCompatible ? { alsoQuery: true } : {}),
    ...(protocol === "query" ? { xmlNamespace: config.protocolSettings.xmlNamespace } : {}),
  };
}

/** The errors of each operation, which the client's declarations list as `@throws`. */
export function declaredErrors(client: string): Map<string, string[]> {
  const folder = join(clientFolder(client), "dist-types/commands");
  const errors = new Map<string, string[]>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith("Command.d.ts"))) {
    const text = readFileSync(join(folder, file), "utf8");
    const names = [...text.matchAll(/@throws \{@link (\w+)\} \((?:client|server) fault\)/g)].map(
      ([, name]) => name!,
    );
    errors.set(file.slice(0, -"Command.d.ts".length), names);
  }
  return errors;
}
