import type { TimestampFormat } from "../src/kernel/schema/file.ts";

/**
 * AWS's JavaScript clients carry their service's model as nested arrays, with the first item telling the kind:
 * `[3, namespace, name, traits, memberNames, memberSchemas, requiredCount?]` and so on. This file is the only one that
 * knows that form (`@smithy/core/schema`, seen in 3.41).
 */
export interface ClientOperation {
  readonly name: string;
  readonly method: string;
  readonly uri: string;
  readonly status: number;
  readonly input: ClientShape;
  readonly output: ClientShape;
}

export type ClientTraits = Readonly<Record<string, unknown>>;

export type ClientShape =
  | {
      readonly kind: "structure" | "union";
      readonly name: string;
      readonly traits: ClientTraits;
      readonly members: readonly ClientMember[];
      readonly requiredCount: number;
    }
  | {
      readonly kind: "list";
      readonly name?: string;
      readonly traits: ClientTraits;
      readonly member: ClientMember;
    }
  | {
      readonly kind: "map";
      readonly name?: string;
      readonly traits: ClientTraits;
      readonly key: ClientMember;
      readonly value: ClientMember;
    }
  | {
      readonly kind: "string" | "number" | "boolean" | "blob" | "stream" | "timestamp" | "document";
      readonly name?: string;
      readonly traits: ClientTraits;
      readonly timestampFormat?: TimestampFormat;
    };

export interface ClientMember {
  readonly name: string;
  readonly traits: ClientTraits;
  /** Shapes may contain themselves, so they are read when asked for. */
  shape(): ClientShape;
}

// biome-ignore lint/suspicious/noExplicitAny: the arrays have no declared form.
type Raw = any;

const SIMPLE: Readonly<Record<number, ClientShape["kind"]>> = {
  0: "string",
  1: "number",
  2: "boolean",
  4: "timestamp",
  5: "timestamp",
  6: "timestamp",
  7: "timestamp",
  15: "document",
  21: "blob",
  42: "stream",
};
const TIMESTAMP_FORMATS: Readonly<Record<number, TimestampFormat>> = {
  5: "date-time",
  6: "http-date",
  7: "epoch-seconds",
};
const LIST_OF_SIMPLE = 64;
const MAP_OF_SIMPLE = 128;
const FLAGS = [
  "httpLabel",
  "idempotent",
  "idempotencyToken",
  "sensitive",
  "httpPayload",
  "httpResponseCode",
  "httpQueryParams",
];

/** Every operation that the client's module exports (`Invoke$`). */
export function clientOperations(clientModule: Readonly<Record<string, unknown>>): ClientOperation[] {
  return Object.values(clientModule)
    .filter((value): value is Raw[] => Array.isArray(value) && value[0] === 9)
    .map(([, , name, traits, input, output]) => {
      // Operations of protocols with one path for all have no trait.
      const [method, uri, status] = (readTraits(traits).http ?? ["POST", "/", 200]) as [
        string,
        string,
        number,
      ];
      return { name, method, uri, status, input: readShape(input), output: readShape(output) };
    });
}

/** Every error that the client's module exports, the service's own base class left out. */
export function clientErrors(clientModule: Readonly<Record<string, unknown>>): ClientShape[] {
  return Object.values(clientModule)
    .filter((value): value is Raw[] => Array.isArray(value) && value[0] === -3)
    .filter((value) => readTraits(value[3]).error !== undefined)
    .map(readShape);
}

function readShape(reference: Raw): ClientShape {
  const raw = dereference(reference);
  if (raw === "unit") {
    return { kind: "structure", name: "Unit", traits: {}, members: [], requiredCount: 0 };
  }
  if (typeof raw === "number") return readSimple(raw, undefined, {});
  const [kind, , name, traits, ...rest] = raw;
  switch (kind) {
    case 0:
      return readSimple(rest[0], name, readTraits(traits));
    case 1:
      return { kind: "list", name, traits: readTraits(traits), member: readMember("member", rest[0]) };
    case 2:
      return {
        kind: "map",
        name,
        traits: readTraits(traits),
        key: readMember("key", rest[0]),
        value: readMember("value", rest[1]),
      };
    case 3:
    case -3:
    case 4:
      return {
        kind: kind === 4 ? "union" : "structure",
        name,
        traits: readTraits(traits),
        members: rest[0].map((member: string, i: number) => readMember(member, rest[1][i])),
        requiredCount: rest[2] ?? 0,
      };
    default:
      throw new Error(`The client's schema has a shape of an unknown kind: ${JSON.stringify(raw)}.`);
  }
}

function readSimple(code: number, name: string | undefined, traits: ClientTraits): ClientShape {
  if (code >= MAP_OF_SIMPLE) {
    return { kind: "map", name, traits, key: readMember("key", 0), value: readMember("value", code & 63) };
  }
  if (code >= LIST_OF_SIMPLE) return { kind: "list", name, traits, member: readMember("member", code & 63) };
  const kind = SIMPLE[code];
  if (!kind) throw new Error(`The client's schema has a simple type of an unknown code: ${code}.`);
  return { kind, name, traits, timestampFormat: TIMESTAMP_FORMATS[code] } as ClientShape;
}

/** A member is a shape, or a pair of a shape and the member's own traits. */
function readMember(name: string, raw: Raw): ClientMember {
  const pair = Array.isArray(raw) && raw.length === 2;
  return {
    name,
    traits: pair ? readTraits(raw[1]) : {},
    shape: () => readShape(pair ? raw[0] : raw),
  };
}

function dereference(reference: Raw): Raw {
  return typeof reference === "function" ? dereference(reference()) : reference;
}

/** Traits are an object, or the sum of the flags that are set. */
function readTraits(traits: Raw): ClientTraits {
  if (typeof traits === "object") return traits;
  return Object.fromEntries(FLAGS.flatMap((flag, bit) => ((traits >> bit) & 1 ? [[flag, 1]] : [])));
}
