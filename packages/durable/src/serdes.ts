/** Which operation of which execution a value belongs to. */
export interface SerdesContext {
  /** The operation's position in the handler, such as "2-1". */
  entityId: string;
  durableExecutionArn: string;
}

/** Turns values into the text that is stored, and back. */
export interface Serdes<T> {
  serialize: (value: T | undefined, context: SerdesContext) => Promise<string | undefined>;
  deserialize: (data: string | undefined, context: SerdesContext) => Promise<T | undefined>;
}

// biome-ignore lint/suspicious/noExplicitAny: a default serdes handles the values of every operation.
export type AnySerdes = Serdes<any>;
export type AnySerdesDeserializer = Pick<AnySerdes, "deserialize">;

/** Serdes for operations that have none of their own; child contexts inherit them. */
export interface SerdesConfig {
  defaultSerdes?: AnySerdes;
  /** For results of callbacks and waitForCallback; without it they arrive as the raw string. */
  defaultCallbackDeserializer?: AnySerdesDeserializer;
}

/** JSON. `undefined` is stored as no value. */
export const defaultSerdes: AnySerdes = {
  serialize: async (value) => toJson(value),
  deserialize: async (data) => fromJson(data),
};

/** The stored text is the value. */
export const passThroughSerdes: Serdes<string> = {
  serialize: async (value) => value,
  deserialize: async (data) => data,
};

/** How the payload of a callback is read when nobody says how: a schema is better told than a text. */
export function payloadSerdes(schema: object | undefined): AnySerdesDeserializer {
  return schema ? jsonOrText : passThroughSerdes;
}

const jsonOrText: AnySerdesDeserializer = {
  deserialize: async (data) => {
    try {
      return fromJson(data);
    } catch {
      return data;
    }
  },
};

/** JSON whose objects come back as instances of `cls`, made without arguments and given the stored properties. */
export function createClassSerdes<T extends object>(cls: new () => T): Serdes<T> {
  return createClassSerdesWithDates(cls, []);
}

/** As createClassSerdes; the named properties (`"createdAt"`, `"meta.updatedAt"`) come back as Dates. */
export function createClassSerdesWithDates<T extends object>(
  cls: new () => T,
  dateProps: string[],
): Serdes<T> {
  const paths = dateProps.map((path) => path.split("."));
  return {
    serialize: async (value) => toJson(value),
    deserialize: async (data) => {
      if (data === undefined) return undefined;
      const instance = Object.assign(new cls(), JSON.parse(data));
      for (const path of paths) reviveDate(instance, path);
      return instance;
    },
  };
}

export function toJson(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}

// biome-ignore lint/suspicious/noExplicitAny: what was stored is what the caller's type says.
export function fromJson(data: string | undefined): any {
  return data === undefined ? undefined : JSON.parse(data);
}

function reviveDate(target: object, path: readonly string[]): void {
  let holder = target as Record<string, unknown>;
  for (const part of path.slice(0, -1)) {
    const next = holder[part];
    if (typeof next !== "object" || next === null) return;
    holder = next as Record<string, unknown>;
  }
  const last = path[path.length - 1]!;
  if (holder[last]) holder[last] = new Date(holder[last] as string | number);
}
